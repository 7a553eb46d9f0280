package dev.baton.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCredentials;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://127.0.0.1:6379",
                "rediss://redis.example:6380/2",
                "redis-cluster://a.example:6379,b.example:7000",
                "rediss-cluster://a.example:6379",
                "redis-sentinel://a.example:26379,b.example:26380#mymaster",
                "rediss-sentinel://a.example:26379/3#the-first"
            })
    void anAddressIsShownAsItWasGiven(String text) {
        assertThat(RedisAddress.parse(text)).hasToString(text);
    }

    @Test
    void everyNodeOfAClusterGetsTheLoginAndNobodySeesIt() {
        RedisAddress address = RedisAddress.parse("rediss-cluster://me:s%40cret@a:1,b:2");

        assertThat(address.cluster()).isTrue();
        assertThat(address).hasToString("rediss-cluster://a:1,b:2");
        assertThat(address.uris())
                .hasSize(2)
                .allSatisfy(
                        uri -> {
                            RedisCredentials login =
                                    uri.getCredentialsProvider()
                                            .resolveCredentials()
                                            .blockOptional()
                                            .orElseThrow();
                            assertThat(uri.isSsl()).isTrue();
                            assertThat(login.getUsername()).isEqualTo("me");
                            assertThat(login.getPassword()).containsExactly("s@cret".toCharArray());
                        });
    }

    @Test
    void sentinelsAreNamedWithTheLoginAndDatabaseOfTheServersTheyWatch() {
        RedisAddress address = RedisAddress.parse("redis-sentinel://me:s%40cret@a,b:2/3#mymaster");

        assertThat(address.watched()).isEqualTo("mymaster");
        assertThat(address).hasToString("redis-sentinel://a:26379,b:2/3#mymaster");
        assertThat(address.uris())
                .hasSize(2)
                .allSatisfy(
                        uri -> {
                            RedisCredentials login =
                                    uri.getCredentialsProvider()
                                            .resolveCredentials()
                                            .blockOptional()
                                            .orElseThrow();
                            assertThat(login.getUsername()).isEqualTo("me");
                            assertThat(login.getPassword()).containsExactly("s@cret".toCharArray());
                            assertThat(uri.getDatabase()).isEqualTo(3);
                        });
        assertThat(RedisAddress.parse("redis-sentinel://a:1?sentinelMasterId=m"))
                .hasToString("redis-sentinel://a:1#m");
    }

    @Test
    void sentinelsWithoutANameAreRefusedWithAdvice() {
        assertThatThrownBy(() -> RedisAddress.parse("redis-sentinel://u:hush@a:1,b:2/0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("#name")
                .hasMessageNotContaining("hush");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis-cluster://",
                "redis-cluster://a:1,,b:2",
                "redis-cluster://a:1/3",
                "redis-cluster://a:x",
                "cluster://a:1",
                "redis-sentinel://#name",
                "redis-sentinel://a:1,,b:2#name",
                "redis-sentinel://a:1,b:2,#name",
                "redis-sentinel://a:x,b:1#name",
                "redis-sentinel://a:1/x#name"
            })
    void whatIsNoAddressIsRefusedWithoutRepeatingIt(String text) {
        assertThatThrownBy(() -> RedisAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not a Redis address");
    }
}
