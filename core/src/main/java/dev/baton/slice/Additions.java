package dev.baton.slice;

import dev.baton.Position;
import dev.baton.redis.Transaction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is added to the stream past a script, each entry an `XADD`: what is passed on, written straight from the entry with
/// all that is common encoded once, and what a processor made one entry of. A stream that is not there stays so.
///
/// Not thread-safe; what it makes is written on another thread and shares nothing that changes.
final class Additions {

    private static final int WORDS_BEFORE_FIELDS = 4;
    private static final int WORDS_OF_FIELDS = 8;
    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final byte[] LINE_END = ascii("\r\n");

    private final byte[] command;
    private @Nullable Frame last;

    /// @param stream key of what is added to
    Additions(byte[] stream) {
        this.command = words(ascii("XADD"), stream, ascii("NOMKSTREAM"), ascii("*"));
    }

    /// Whether all that becomes of an entry is one entry of the stream.
    static boolean isOne(Finish finish) {
        return switch (finish) {
            case Finish.PassOn passed -> true;
            case Finish.Emit emit ->
                    emit.entries().size() == 1 && emit.entries().getFirst().stream() == null;
            default -> false;
        };
    }

    /// One for each finish of which [#isOne] is true.
    List<Transaction.Encoding> of(List<Finish> finishes) {
        List<Transaction.Encoding> all = new ArrayList<>(finishes.size());
        for (Finish finish : finishes) {
            if (isOne(finish)) {
                all.add(encoding(finish));
            }
        }
        return all;
    }

    private Transaction.Encoding encoding(Finish finish) {
        if (finish instanceof Finish.PassOn passed) {
            Frame frame = frameOf(passed.fields());
            return to -> frame.encode(passed, to);
        }
        List<byte[]> fields = ((Finish.Emit) finish).entries().getFirst().fields();
        return to -> {
            to.writeByte('*');
            writeNumber(WORDS_BEFORE_FIELDS + fields.size(), to);
            to.writeBytes(LINE_END).writeBytes(command);
            for (byte[] field : fields) {
                writeWord(field, 0, field.length, to);
            }
        };
    }

    /// All messages of a worker usually have the same.
    private Frame frameOf(PassedFields fields) {
        Frame known = last;
        if (known == null || !known.fields.equals(fields)) {
            known = new Frame(command, fields);
            last = known;
        }
        return known;
    }

    /// What entries with the same fields have in common.
    private static final class Frame {

        private final PassedFields fields;
        private final byte[] begin;
        private final byte[] beginWithChannel;
        private final byte[] payload;
        private final byte[] position;
        private final byte[] constants;
        private final byte[] channel;

        Frame(byte[] command, PassedFields fields) {
            this.fields = fields;
            int words = WORDS_BEFORE_FIELDS + WORDS_OF_FIELDS + fields.constants().size();
            byte[] beforeId = join(command, words(fields.id()));
            begin = join(ascii("*" + words + "\r\n"), beforeId);
            beginWithChannel = join(ascii("*" + (words + 2) + "\r\n"), beforeId);
            payload = words(fields.payload());
            position =
                    join(
                            words(fields.worker(), fields.workerId(), fields.position()),
                            ascii("$" + Position.TEXT_LENGTH + "\r\n"));
            constants = words(fields.constants().toArray(byte[][]::new));
            channel = words(fields.channel());
        }

        void encode(Finish.PassOn passed, ByteBuf to) {
            Entry entry = passed.entry();
            byte[] from = entry.channelBytes();
            to.writeBytes(from.length == 0 ? begin : beginWithChannel);
            byte[] id = passed.messageId();
            writeWord(id, 0, id.length, to);
            to.writeBytes(payload);
            writeWord(entry.payloads(), entry.payloadFrom(), entry.payloadBytes(), to);
            to.writeBytes(position);
            writePosition(entry, to);
            to.writeBytes(constants);
            if (from.length > 0) {
                to.writeBytes(channel);
                writeWord(from, 0, from.length, to);
            }
        }

        /// As [Position#toString] has it.
        private static void writePosition(Entry entry, ByteBuf to) {
            byte[] bytes = new byte[Entry.POSITION_BYTES];
            entry.copyPosition(bytes, 0);
            byte[] text = new byte[Position.TEXT_LENGTH];
            int at = 0;
            for (int i = 0; i < bytes.length; i++) {
                if (i > 0 && i % Integer.BYTES == 0) {
                    text[at++] = '.';
                }
                text[at++] = HEX[bytes[i] >>> 4 & 0xF];
                text[at++] = HEX[bytes[i] & 0xF];
            }
            to.writeBytes(text).writeBytes(LINE_END);
        }
    }

    private static byte[] words(byte[]... words) {
        ByteBuf all = Unpooled.buffer();
        for (byte[] word : words) {
            writeWord(word, 0, word.length, all);
        }
        return ByteBufUtil.getBytes(all);
    }

    private static void writeWord(byte[] bytes, int from, int length, ByteBuf to) {
        to.writeByte('$');
        writeNumber(length, to);
        to.writeBytes(LINE_END).writeBytes(bytes, from, length).writeBytes(LINE_END);
    }

    private static void writeNumber(int number, ByteBuf to) {
        if (number >= 10) {
            writeNumber(number / 10, to);
        }
        to.writeByte('0' + number % 10);
    }

    private static byte[] join(byte[] one, byte[] other) {
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(one, other));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
