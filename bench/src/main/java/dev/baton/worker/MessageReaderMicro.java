package dev.baton.worker;

import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What a worker does to find a message's id: read the whole document.
@State(Scope.Benchmark)
public class MessageReaderMicro {

    private static final int MAX_PAYLOAD_BYTES = 1 << 20;
    private static final String HEAD =
            "{\"message_id\":\"01890a5d-ac96-774b\",\"at\":1732480000000,\"ok\":true,"
                    + "\"user\":{\"id\":42,\"name\":\"somebody\"},\"tags\":[\"a\",\"b\"],\"text\":\"";
    private static final String END = "\"}";

    /// Of a payload.
    @Param({"200", "1024"})
    public int bytes;

    private final MessageReader reader = new MessageReader("message_id", MAX_PAYLOAD_BYTES, true);
    private byte[] payload = {};

    /// Makes the payload.
    @Setup
    public void make() {
        String text = HEAD + "x".repeat(bytes - HEAD.length() - END.length()) + END;
        payload = text.getBytes(StandardCharsets.UTF_8);
    }

    /// One message.
    ///
    /// @return its id
    @Benchmark
    public String readId() throws UnreadableMessageException {
        return reader.readId(payload, 0, payload.length);
    }
}
