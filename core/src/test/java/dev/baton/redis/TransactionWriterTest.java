package dev.baton.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisException;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class TransactionWriterTest {

    private final AtomicBoolean saidSo = new AtomicBoolean();
    private final EmbeddedChannel channel = new EmbeddedChannel(new TransactionWriter(saidSo));

    @Test
    void theFirstOneAsksAndIsDiscardedAsAreAllUntilTheAnswerHasCome() {
        SentTransaction first = send();
        SentTransaction second = send();

        List<RedisCommand<?, ?, ?>> question = written();
        assertThat(types(question)).containsExactly("MULTI", "EXEC");
        assertThat(channel.outboundMessages()).isEmpty();
        assertThatThrownBy(first::join).hasCauseInstanceOf(DiscardedException.class);
        assertThatThrownBy(second::join).hasCauseInstanceOf(DiscardedException.class);
        acceptEmpty(question);
        assertThat(send()).isNotDone();
        assertThat(types(written())).containsExactly("MULTI", "RPUSH", "EXEC");
    }

    @Test
    void otherCommandsPassUnchanged() {
        channel.writeOutbound("anything");

        assertThat(channel.<Object>readOutbound()).isEqualTo("anything");
    }

    @Test
    void whereMultiIsRefusedItIsAskedOnceAndSaidOnce() {
        var _ = send();
        refuse(written(), "NOPERM this user has no permissions", "ERR EXEC without MULTI");

        assertThatThrownBy(send()::join).hasCauseInstanceOf(DiscardedException.class);

        assertThat(channel.outboundMessages()).isEmpty();
        assertThat(saidSo).isTrue();
    }

    @Test
    void whatPassesIsAskedAgain() {
        var _ = send();
        refuse(written(), "", "EXECABORT Transaction discarded because of: BUSY Redis is busy");

        var _ = send();

        assertThat(types(written())).containsExactly("MULTI", "EXEC");
        assertThat(saidSo).isFalse();
    }

    @Test
    void aConnectionThatBreaksIsNoRefusal() {
        var _ = send();

        written().forEach(part -> part.completeExceptionally(new RedisException("disconnected")));

        assertThat(saidSo).isFalse();
    }

    /// Rights were withdrawn; its commands were carried out one by one.
    @Test
    void afterMultiWasRefusedIsAskedAnew() {
        var _ = send();
        acceptEmpty(written());
        SentTransaction outside = send();
        refuse(written(), "NOPERM this user has no permissions", "ERR EXEC without MULTI");

        assertThatThrownBy(outside::join)
                .hasCauseInstanceOf(DiscardedException.class)
                .hasMessageContaining("NOPERM");
        var _ = send();
        assertThat(types(written())).containsExactly("MULTI", "EXEC");
    }

    /// A client that lost a connection may think of sending again what was under way.
    @Test
    void aPartIsNotSentByItself() {
        var _ = send();
        acceptEmpty(written());
        SentTransaction whole = send();
        List<RedisCommand<?, ?, ?>> parts = written();

        for (RedisCommand<?, ?, ?> part : parts) {
            assertThatThrownBy(() -> part.encode(Unpooled.buffer()))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> whole.encode(Unpooled.buffer()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void oneThatIsGivenUpIsNotSent() {
        var _ = send();
        acceptEmpty(written());
        SentTransaction late = new SentTransaction(push());
        late.completeExceptionally(new IllegalStateException("too late"));

        channel.writeOutbound(late);

        assertThat(channel.outboundMessages()).isEmpty();
    }

    private SentTransaction send() {
        SentTransaction transaction = new SentTransaction(push());
        channel.writeOutbound(transaction);
        return transaction;
    }

    private static Transaction push() {
        return new Transaction(0).add(CommandType.RPUSH, List.of(bytes("list"), bytes("a")));
    }

    private List<RedisCommand<?, ?, ?>> written() {
        return channel.readOutbound();
    }

    private static List<String> types(List<RedisCommand<?, ?, ?>> commands) {
        return commands.stream().map(command -> command.getType().toString()).toList();
    }

    private static void acceptEmpty(List<RedisCommand<?, ?, ?>> question) {
        question.getFirst().getOutput().setSingle(ByteBuffer.wrap(bytes("OK")));
        question.getFirst().complete();
        question.getLast().getOutput().multi(0);
        question.getLast().complete();
    }

    private static void refuse(List<RedisCommand<?, ?, ?>> parts, String begin, String end) {
        if (!begin.isEmpty()) {
            parts.getFirst().getOutput().setError(begin);
        }
        parts.getFirst().complete();
        parts.getLast().getOutput().setError(end);
        parts.getLast().complete();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
