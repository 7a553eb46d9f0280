package dev.baton.slice;

import dev.baton.Position;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Reads that need no script, because they are only looked at and then compared by the script that acts on them.
final class SliceReads {

    private final SliceKeys keys;
    private final RedisClusterAsyncCommands<byte[], byte[]> commands;

    SliceReads(SliceKeys keys, RedisClusterAsyncCommands<byte[], byte[]> commands) {
        this.keys = keys;
        this.commands = commands;
    }

    CompletableFuture<Lead> lead() {
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
        CompletableFuture<Long> unassigned = commands.llen(keys.waiting()).toCompletableFuture();
        CompletableFuture<Long> deadTrimmed =
                commands.hget(keys.ledger(), bytes("dead_trimmed"))
                        .thenApply(count -> count == null ? 0 : Long.parseLong(text(count)))
                        .toCompletableFuture();
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
                                            (done, length) -> {
                                                List<Roster.Seat> present = new ArrayList<>();
                                                for (CompletableFuture<Roster.@Nullable Seat> seat :
                                                        seats) {
                                                    Roster.Seat found = seat.join();
                                                    if (found != null) {
                                                        present.add(found);
                                                    }
                                                }
                                                return new Roster(length, List.copyOf(present));
                                            })
                                    .thenCombine(
                                            deadTrimmed,
                                            (found, count) ->
                                                    new Roster(
                                                            found.waiting(),
                                                            found.workers(),
                                                            count));
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
                        bytes("wish"))
                .toCompletableFuture()
                .thenCombine(
                        commands.llen(keys.lane(id)),
                        (fields, backlog) ->
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
                                                backlog,
                                                Long.parseLong(text(fields.get(4).getValue()))));
    }

    /// @param server where the slice lives now; in a cluster `INFO` names no key
    CompletableFuture<Room> room(RedisClusterAsyncCommands<byte[], byte[]> server) {
        CompletableFuture<Long> retrying = commands.zcard(keys.retry()).toCompletableFuture();
        CompletableFuture<String> memory = server.info("memory").toCompletableFuture();
        return commands.smembers(keys.workers())
                .toCompletableFuture()
                .thenCompose(this::bytesOfWork)
                .thenCombine(
                        retrying.thenCombine(memory, RetryingAndMemory::new),
                        (bytes, rest) ->
                                new Room(
                                        rest.retrying(),
                                        bytes,
                                        figure(rest.memory(), "used_memory"),
                                        figure(rest.memory(), "maxmemory")));
    }

    private record RetryingAndMemory(long retrying, String memory) {}

    private CompletableFuture<Long> bytesOfWork(Set<byte[]> workers) {
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
        return info.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> Long.parseLong(line.substring(name.length() + 1).trim()))
                .findFirst()
                .orElse(0L);
    }

    private static WorkerState state(byte[] own, boolean wishedQuiet) {
        WorkerState state = WorkerState.of(text(own));
        return wishedQuiet && state == WorkerState.LIVE ? WorkerState.QUIET : state;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
