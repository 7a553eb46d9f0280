package dev.baton.slice;

import dev.baton.Position;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjIntConsumer;

/// A slice with a group as tests that name lanes see it: what is dispatched to a worker is given to it at once, as if it had waited
/// for just that; it is not handed out by this.
final class GroupLanes extends SliceInFront {

    private final ObjIntConsumer<String> give;

    /// @param give gives a consumer so many new entries
    GroupLanes(Slice slice, ObjIntConsumer<String> give) {
        super(slice);
        this.give = give;
    }

    @Override
    public CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
        List<Entry> entries =
                batch.deliveries().stream().flatMap(each -> each.entries().stream()).toList();
        Batch toGroup =
                new Batch(
                        batch.expected(),
                        batch.next(),
                        entries.isEmpty()
                                ? List.of()
                                : List.of(new Delivery(Delivery.WAITING, entries)));
        Position before = SliceContract.get(slice.lead()).watermark();
        CompletableFuture<Reply.ToDispatch> reply = slice.dispatch(by, toGroup);
        if (appended(reply) && batch.expected().equals(before)) {
            for (Delivery delivery : batch.deliveries()) {
                if (!delivery.worker().equals(Delivery.WAITING)) {
                    give.accept(delivery.worker(), delivery.entries().size());
                }
            }
        }
        return reply;
    }

    private static boolean appended(CompletableFuture<Reply.ToDispatch> reply) {
        return reply.handle((answer, failure) -> answer instanceof Reply.Appended)
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }
}
