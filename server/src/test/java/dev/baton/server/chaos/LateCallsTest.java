package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LateCallsTest {

    private final LateCalls late = new LateCalls("run-");

    @Test
    void messagesAndRefusalsAreCountedEachOnItsWay() {
        pass(Proxy.Direction.REQUESTS, "{\"message_id\":\"run-1\"}{\"message_id\":\"run-2\"}");
        pass(Proxy.Direction.REPLIES, "*3\r\n$6\r\nfenced\r\n$1\r\n4\r\n$2\r\nd2\r\n");

        assertThat(late.messages()).isEqualTo(2);
        assertThat(late.refusals()).isEqualTo(1);
    }

    @Test
    void aWordInTwoPiecesIsFoundOnce() {
        pass(Proxy.Direction.REQUESTS, "…ru");
        pass(Proxy.Direction.REQUESTS, "n");
        pass(Proxy.Direction.REQUESTS, "-7…");

        assertThat(late.messages()).isEqualTo(1);
    }

    @Test
    void anAnswerAboutTheWatermarkIsNoRefusal() {
        pass(Proxy.Direction.REPLIES, "*2\r\n$8\r\nconflict\r\n$12\r\n000000000001\r\n");
        pass(Proxy.Direction.REPLIES, "*5\r\n$7\r\nalready\r\n");

        assertThat(late.refusals()).isZero();
        assertThat(late.admissions()).isEqualTo(2);
    }

    private void pass(Proxy.Direction direction, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        late.passed(direction, bytes, bytes.length);
    }
}
