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
                "rediss-cluster://a.example:6379"
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis-cluster://",
                "redis-cluster://a:1,,b:2",
                "redis-cluster://a:1/3",
                "redis-cluster://a:x",
                "cluster://a:1"
            })
    void whatIsNoAddressIsRefusedWithoutRepeatingIt(String text) {
        assertThatThrownBy(() -> RedisAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not a Redis address");
    }
}
