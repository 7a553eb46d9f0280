package dev.baton.slice;

import dev.baton.redis.Transaction;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// The script by which a leader appends a batch to lanes: the order of its keys and arguments, and what its answers mean.
///
/// A small batch is the script's arguments. A large one is pushed first, and judged by the script behind it in the same transaction, which takes back
/// what it refuses: of what enters a script the server hashes every byte, which would be half the cost of a batch. Where
/// there is no transaction, the elements are arguments all the same.
final class DispatchScript {

    /// For each list a sixteenth more is needed: in the time that its commands take, the server hashes about as much.
    private static final int SIXTEENTHS = 16;

    /// For the script's text and all small arguments.
    private static final int ROOM_BYTES = 16 << 10;

    private static final List<byte[]> WHOLE = List.of(bytes("0"), bytes("-1"));

    private final SliceKeys keys;
    private final ScriptRunner runner;
    private final int minPushedBytes;

    /// @param minPushedBytes of elements, from which on they are pushed before the script
    DispatchScript(SliceKeys keys, ScriptRunner runner, int minPushedBytes) {
        this.keys = keys;
        this.runner = runner;
        this.minPushedBytes = minPushedBytes;
    }

    CompletableFuture<Reply.ToDispatch> run(Leadership by, Batch batch) {
        Call call = new Call(by, batch);
        return answer(call).thenApply(fields -> call.decode(new Answer(fields)));
    }

    private CompletableFuture<List<Object>> answer(Call call) {
        if (!runner.transacts() || !call.isWorthPushing()) {
            return alone(call);
        }
        return ScriptRunner.orElse(
                runner.runBehind(call.pushes(), Script.DISPATCH, call.named, call.args(true)),
                discarded -> alone(call));
    }

    private CompletableFuture<List<Object>> alone(Call call) {
        return runner.run(Script.DISPATCH, call.named, call.args(false).toList());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// A batch in the order of the script's keys.
    private final class Call {

        private final Leadership by;
        private final Batch batch;
        private final List<String> lanes = new ArrayList<>();
        private final List<byte[]> named;
        private final List<Part> parts = new ArrayList<>();

        Call(Leadership by, Batch batch) {
            this.by = by;
            this.batch = batch;
            Part waiting = new Part(keys.waiting());
            parts.add(waiting);
            for (Delivery delivery : batch.deliveries()) {
                if (delivery.worker().equals(Delivery.WAITING)) {
                    waiting.add(delivery);
                } else {
                    lanes.add(delivery.worker());
                    Part lane = new Part(keys.lane(delivery.worker()));
                    lane.add(delivery);
                    parts.add(lane);
                }
            }
            named = keys.withLanes(lanes, keys.lead(), keys.ledger(), keys.waiting());
        }

        private long bytes() {
            long bytes = 0;
            for (Part part : parts) {
                bytes += part.bytes;
            }
            return bytes;
        }

        boolean isWorthPushing() {
            long bytes = bytes();
            int lists = 0;
            for (Part part : parts) {
                lists += part.elements.isEmpty() ? 0 : 1;
            }
            return lists > 0 && bytes >= minPushedBytes / SIXTEENTHS * (long) (SIXTEENTHS + lists);
        }

        /// Pushes everything. The first command changes nothing: who may not take back is refused before anything is pushed.
        Transaction pushes() {
            Transaction pushes =
                    new Transaction((int) Math.min(Integer.MAX_VALUE, bytes() + ROOM_BYTES));
            boolean first = true;
            for (Part part : parts) {
                if (part.elements.isEmpty()) {
                    continue;
                }
                if (first) {
                    pushes.add(CommandType.LTRIM, behind(part.list, WHOLE));
                    first = false;
                }
                pushes.add(CommandType.RPUSH, behind(part.list, part.elements));
            }
            return pushes;
        }

        private static List<byte[]> behind(byte[] list, List<byte[]> others) {
            List<byte[]> all = new ArrayList<>(1 + others.size());
            all.add(list);
            all.addAll(others);
            return all;
        }

        Args args(boolean pushed) {
            Args args =
                    new Args(5 + 2 * parts.size() + (pushed ? 0 : batch.size()))
                            .add(by.epoch())
                            .add(by.owner())
                            .add(batch.expected())
                            .add(batch.next())
                            .add(pushed ? "1" : "0");
            for (Part part : parts) {
                args.add(part.elements.size()).add(part.entries);
            }
            if (!pushed) {
                parts.forEach(part -> part.elements.forEach(args::add));
            }
            return args;
        }

        Reply.ToDispatch decode(Answer answer) {
            return switch (answer.status()) {
                case "ok", "already" -> {
                    List<Long> backlogs = new ArrayList<>(lanes.size());
                    for (int i = 5; i < answer.size(); i++) {
                        backlogs.add(answer.number(i));
                    }
                    yield new Reply.Appended(
                            answer.position(1),
                            answer.number(2),
                            answer.number(3),
                            answer.number(4),
                            backlogs);
                }
                case "conflict" -> new Reply.Regressed(answer.position(1));
                case "ends" -> new Reply.Bounded(answer.position(1));
                case "lane" -> LeaderScripts.closed(answer, lanes);
                case "fenced" -> new Reply.Fenced();
                default -> throw answer.unexpected(Script.DISPATCH);
            };
        }
    }

    /// What of a batch goes to one list.
    private static final class Part {

        private final byte[] list;
        private final List<byte[]> elements = new ArrayList<>();
        private int entries;
        private long bytes;

        Part(byte[] list) {
            this.list = list;
        }

        void add(Delivery delivery) {
            delivery.elements().forEach(this::add);
        }

        private void add(Element element) {
            elements.addAll(element.parts());
            entries += element.size();
            bytes += element.length();
        }
    }
}
