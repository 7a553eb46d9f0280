package dev.baton.slice;

import dev.baton.Position;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Reads that need no script, because they are only looked at and then compared by the script that acts on them.
final class SliceReads {

    /// The consumer group of all workers.
    static final String GROUP = "baton";

    private final SliceKeys keys;
    private final Transport transport;
    private final RedisClusterAsyncCommands<byte[], byte[]> commands;

    SliceReads(
            SliceKeys keys,
            Transport transport,
            RedisClusterAsyncCommands<byte[], byte[]> commands) {
        this.keys = keys;
        this.transport = transport;
        this.commands = commands;
    }

    CompletableFuture<Lead> lead() {
        return refusalsNamed(lookAtLead());
    }

    private CompletableFuture<Lead> lookAtLead() {
        return commands.hmget(
                        keys.lead(),
                        bytes("epoch"),
                        bytes("owner"),
                        bytes("beat"),
                        bytes("watermark"),
                        bytes("generation"),
                        bytes("slices"),
                        bytes("ends"))
                .thenApply(
                        fields -> {
                            String epoch = text(fields.get(0).getValueOrElse(new byte[0]));
                            if (epoch.isEmpty()) {
                                return Lead.NONE;
                            }
                            return new Lead(
                                    Long.parseLong(epoch),
                                    text(fields.get(1).getValue()),
                                    Long.parseLong(text(fields.get(2).getValue())),
                                    Position.parse(text(fields.get(3).getValue())),
                                    text(fields.get(4).getValueOrElse(new byte[0])),
                                    Integer.parseInt(text(fields.get(5).getValue())),
                                    fields.get(6).isEmpty()
                                            ? null
                                            : Position.parse(text(fields.get(6).getValue())));
                        })
                .toCompletableFuture();
    }

    CompletableFuture<Roster> roster() {
        return refusalsNamed(lookAround());
    }

    /// A server that says no is not one that is away.
    private static <T> CompletableFuture<T> refusalsNamed(CompletableFuture<T> read) {
        return read.exceptionallyCompose(
                failure -> CompletableFuture.failedFuture(ScriptRunner.refusalOrSame(failure)));
    }

    private CompletableFuture<Roster> lookAround() {
        if (transport == Transport.GROUP) {
            CompletableFuture<Long> length = commands.xlen(keys.ingest()).toCompletableFuture();
            return pending()
                    .thenCompose(
                            pending -> length.thenCompose(entries -> rosterOf(pending, entries)));
        }
        CompletableFuture<Long> unassigned = commands.llen(keys.waiting()).toCompletableFuture();
        return commands.smembers(keys.workers())
                .toCompletableFuture()
                .thenCompose(
                        ids -> {
                            List<CompletableFuture<Roster.@Nullable Seat>> seats =
                                    new ArrayList<>();
                            ids.stream()
                                    .map(SliceReads::text)
                                    .sorted()
                                    .forEach(id -> seats.add(seat(id)));
                            return CompletableFuture.allOf(seats.toArray(CompletableFuture[]::new))
                                    .thenCombine(
                                            unassigned,
                                            (done, length) -> new Roster(length, present(seats), 0))
                                    .thenCombine(
                                            deadTrimmed(),
                                            (found, count) ->
                                                    new Roster(
                                                            found.waiting(),
                                                            found.workers(),
                                                            count));
                        });
    }

    /// How many entries each consumer was given and has not finished.
    private CompletableFuture<Map<String, Long>> pending() {
        return commands.xinfoConsumers(keys.ingest(), bytes(GROUP))
                .toCompletableFuture()
                .thenApply(
                        consumers -> {
                            Map<String, Long> pending = new TreeMap<>();
                            for (Object one : consumers) {
                                Answer fields = new Answer(nested(one));
                                String name = "";
                                for (int i = 0; i + 1 < fields.size(); i += 2) {
                                    switch (fields.text(i)) {
                                        case "name" -> name = fields.text(i + 1);
                                        case "pending" -> pending.put(name, fields.number(i + 1));
                                        default -> {}
                                    }
                                }
                            }
                            return pending;
                        })
                .exceptionallyCompose(
                        failure ->
                                isNoGroup(failure)
                                        ? CompletableFuture.completedFuture(new TreeMap<>())
                                        : CompletableFuture.failedFuture(failure));
    }

    @SuppressWarnings("unchecked") // the client's own type for nested answers
    private static List<Object> nested(Object answer) {
        return (List<Object>) answer;
    }

    /// Whether the group, or the stream that it would read, is not there.
    static boolean isNoGroup(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        String message = String.valueOf(cause.getMessage());
        return cause instanceof RedisCommandExecutionException
                && (message.startsWith("NOGROUP")
                        || message.startsWith("ERR no such key")
                        || message.startsWith("UNBLOCKED"));
    }

    /// Consumers that were given something and are no workers had left while they still waited: they count as lost.
    private CompletableFuture<Roster> rosterOf(Map<String, Long> pending, long length) {
        long undelivered = length - pending.values().stream().mapToLong(Long::longValue).sum();
        return commands.smembers(keys.workers())
                .toCompletableFuture()
                .thenCompose(
                        found -> {
                            Set<String> ids = new TreeSet<>(pending.keySet());
                            found.forEach(id -> ids.add(text(id)));
                            List<CompletableFuture<Roster.@Nullable Seat>> seats =
                                    ids.stream()
                                            .map(id -> seat(id, pending.getOrDefault(id, 0L)))
                                            .toList();
                            return CompletableFuture.allOf(seats.toArray(CompletableFuture[]::new))
                                    .thenCombine(
                                            deadTrimmed(),
                                            (done, count) ->
                                                    new Roster(
                                                            Math.max(0, undelivered),
                                                            present(seats),
                                                            count));
                        });
    }

    private CompletableFuture<Long> deadTrimmed() {
        return commands.hget(keys.ledger(), bytes("dead_trimmed"))
                .thenApply(count -> count == null ? 0L : Long.parseLong(text(count)))
                .toCompletableFuture();
    }

    private static List<Roster.Seat> present(List<CompletableFuture<Roster.@Nullable Seat>> seats) {
        List<Roster.Seat> present = new ArrayList<>();
        for (CompletableFuture<Roster.@Nullable Seat> seat : seats) {
            Roster.Seat found = seat.join();
            if (found != null) {
                present.add(found);
            }
        }
        return List.copyOf(present);
    }

    private CompletableFuture<Roster.@Nullable Seat> seat(String id, long backlog) {
        return seat(id).thenApply(
                        seat -> {
                            if (seat != null) {
                                return new Roster.Seat(
                                        id,
                                        seat.incarnation(),
                                        seat.beat(),
                                        seat.state(),
                                        seat.capacity(),
                                        backlog,
                                        seat.head());
                            }
                            return backlog == 0
                                    ? null
                                    : new Roster.Seat(id, "", 0, WorkerState.LOST, 1, backlog, 0);
                        });
    }

    /// One worker, or null if it left between the two looks.
    private CompletableFuture<Roster.@Nullable Seat> seat(String id) {
        return commands.hmget(
                        keys.worker(id),
                        bytes("incarnation"),
                        bytes("beat"),
                        bytes("state"),
                        bytes("capacity"),
                        bytes("head"),
                        bytes("wish"),
                        bytes("packed"))
                .toCompletableFuture()
                .thenCombine(
                        commands.llen(keys.lane(id)),
                        (fields, elements) ->
                                fields.get(0).isEmpty()
                                        ? null
                                        : new Roster.Seat(
                                                id,
                                                text(fields.get(0).getValue()),
                                                Long.parseLong(text(fields.get(1).getValue())),
                                                state(
                                                        fields.get(2).getValue(),
                                                        !fields.get(5).isEmpty()),
                                                Integer.parseInt(text(fields.get(3).getValue())),
                                                elements == 0
                                                        ? 0
                                                        : elements + numberOr0(fields.get(6)),
                                                Long.parseLong(text(fields.get(4).getValue()))));
    }

    private static long numberOr0(KeyValue<byte[], byte[]> field) {
        return field.isEmpty() ? 0 : Long.parseLong(text(field.getValue()));
    }

    /// @param server where the slice lives now; in a cluster `INFO` names no key
    CompletableFuture<Usage> usage(
            RedisClusterAsyncCommands<byte[], byte[]> server, boolean withBytes) {
        CompletableFuture<Long> retrying = commands.zcard(keys.retry()).toCompletableFuture();
        CompletableFuture<String> memory =
                unlessForbidden(server.info("memory").toCompletableFuture(), "");
        CompletableFuture<Long> bytes =
                !withBytes
                        ? CompletableFuture.completedFuture(-1L)
                        : unlessForbidden(
                                commands.smembers(keys.workers())
                                        .toCompletableFuture()
                                        .thenCompose(this::bytesOfWork),
                                -1L);
        return retrying.thenCombine(bytes, (entries, size) -> new Usage(entries, size, 0, 0))
                .thenCombine(memory, SliceReads::withMemory);
    }

    /// A server that evicts keys is always nearly full, and never refuses.
    private static Usage withMemory(Usage work, String memory) {
        boolean refuses = text(memory, "maxmemory_policy").equals("noeviction");
        return new Usage(
                work.retrying(),
                work.bytes(),
                figure(memory, "used_memory"),
                refuses ? figure(memory, "maxmemory") : 0);
    }

    /// What is asked for a bound's sake only: where it may not be asked, there is no such bound.
    private static <T> CompletableFuture<T> unlessForbidden(CompletableFuture<T> asked, T instead) {
        return asked.exceptionallyCompose(
                failure -> {
                    Throwable cause =
                            failure instanceof CompletionException && failure.getCause() != null
                                    ? failure.getCause()
                                    : failure;
                    String message = String.valueOf(cause.getMessage());
                    return message.startsWith("NOPERM") || message.startsWith("ERR unknown")
                            ? CompletableFuture.completedFuture(instead)
                            : CompletableFuture.failedFuture(failure);
                });
    }

    private CompletableFuture<Long> bytesOfWork(Set<byte[]> workers) {
        if (transport == Transport.GROUP) {
            return bytesOf(keys.ingest()).thenCombine(bytesOf(keys.retry()), Long::sum);
        }
        CompletableFuture<Long> all =
                bytesOf(keys.waiting()).thenCombine(bytesOf(keys.retry()), Long::sum);
        for (byte[] worker : workers) {
            all = all.thenCombine(bytesOf(keys.lane(text(worker))), Long::sum);
        }
        return all;
    }

    private CompletableFuture<Long> bytesOf(byte[] key) {
        return commands.memoryUsage(key)
                .toCompletableFuture()
                .thenApply(bytes -> bytes == null ? 0 : bytes);
    }

    private static long figure(String info, String name) {
        String text = text(info, name);
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private static WorkerState state(byte[] own, boolean wishedQuiet) {
        WorkerState state = WorkerState.of(text(own));
        return wishedQuiet && state == WorkerState.LIVE ? WorkerState.QUIET : state;
    }

    private static String text(String info, String name) {
        return info.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).trim())
                .findFirst()
                .orElse("");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
