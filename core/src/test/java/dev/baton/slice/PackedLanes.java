package dev.baton.slice;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A slice as tests see it that should find the same in packs: what is dispatched to a worker is packed on its way, where it
/// lies together, in packs of different sizes.
final class PackedLanes extends SliceInFront {

    private static final int[] SIZES = {3, 1, 7, 2, 50, 4};

    PackedLanes(Slice slice) {
        super(slice);
    }

    @Override
    public CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
        List<Delivery> packed =
                batch.deliveries().stream()
                        .map(
                                one ->
                                        one.worker().equals(Delivery.WAITING)
                                                ? one
                                                : new Delivery(one.worker(), pack(one.entries())))
                        .toList();
        return slice.dispatch(by, new Batch(batch.expected(), batch.next(), packed));
    }

    private static List<Element> pack(List<Entry> entries) {
        List<Element> elements = new ArrayList<>();
        for (int from = 0, turn = 0; from < entries.size(); turn++) {
            int end = Math.min(entries.size(), from + SIZES[turn % SIZES.length]);
            int to = endOfRun(entries, from, end);
            boolean alone = to - from == 1 && (turn % 2 == 0 || !isPlain(entries.get(from)));
            elements.add(alone ? entries.get(from) : packOf(entries.subList(from, to)));
            from = to;
        }
        return elements;
    }

    private static int endOfRun(List<Entry> entries, int from, int end) {
        int to = from + 1;
        while (to < end
                && isPlain(entries.get(from))
                && follows(entries.get(to), entries.get(to - 1))) {
            to++;
        }
        return to;
    }

    private static boolean isPlain(Entry entry) {
        return entry.isReadable() && entry.attempts() == 0 && entry.crashes() == 0;
    }

    private static boolean follows(Entry entry, Entry before) {
        return isPlain(entry)
                && entry.storeMillis() == before.storeMillis()
                && entry.position().equals(before.position().plus(1));
    }

    /// A pack of entries that lie together; with channels where one of them has one, as a pipeline of several would write it.
    static Pack packOf(List<Entry> entries) {
        boolean several = entries.stream().anyMatch(entry -> entry.channel() != null);
        int records = 0;
        for (Entry entry : entries) {
            records += (several ? 6 : 4) + entry.bytes().length - Entry.HEADER_BYTES;
        }
        ByteBuffer to = ByteBuffer.allocate(records);
        for (Entry entry : entries) {
            to.putInt(entry.payloadBytes());
            if (several) {
                to.putShort((short) (entry.payloadFrom() - Entry.HEADER_BYTES));
            }
            to.put(entry.bytes(), Entry.HEADER_BYTES, entry.bytes().length - Entry.HEADER_BYTES);
        }
        Entry first = entries.getFirst();
        return Pack.of(
                first.position(), 1, first.storeMillis(), several, entries.size(), to.array());
    }
}
