package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.source.Listening;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AclRulesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "publisher",
                "dispatcher-source",
                "dispatcher-store",
                "worker",
                "reader",
                "operator"
            })
    void theUsualNamesGiveTheFileAsItIs(String role) throws IOException {
        AclRules usual =
                new AclRules(
                        "messages:processed",
                        1,
                        new Listening.Channels(List.of("messages:published")),
                        false);

        assertThat(usual.of(role)).isEqualTo(AclFiles.rules(role));
    }

    @Test
    void namesAreNoPatterns() {
        AclRules rules = new AclRules("out[a]*", 1, new Listening.Channels(List.of("in?")), false);

        assertThat(rules.of("publisher")).contains("&in\\?");
        assertThat(rules.of("worker")).contains("%RW~out\\[a\\]\\*");
        assertThat(
                        new AclRules("out", 1, new Listening.Pattern("in*"), false)
                                .of("dispatcher-source"))
                .contains("&in*");
    }

    @Test
    void otherNamesAreNamedWhereverTheDefaultsStood() {
        AclRules rules =
                new AclRules("out", 2, new Listening.Sharded(List.of("{a}1", "{a}2")), true);

        assertThat(rules.of("publisher")).contains("+spublish", "&{a}1", "&{a}2", "+cluster|nodes");
        assertThat(rules.of("dispatcher-source"))
                .contains("+ssubscribe", "+sunsubscribe", "(+spublish", "&baton:control:out:{a})");
        assertThat(rules.of("worker"))
                .contains("%RW~out:0", "%RW~out:1", "%RW~{out:1}:lane:*", "%R~{out}:lead")
                .containsSubsequence("(+del", "%RW~{out:0}:worker:*", "%RW~{out:1}:worker:*)")
                .endsWith(
                        "(+xtrim",
                        "%RW~out:0",
                        "%RW~out:1",
                        "%RW~{out:0}:dead",
                        "%RW~{out:1}:dead)");
        for (String role : AclRules.ROLES) {
            assertThat(String.join(" ", rules.of(role))).doesNotContain("messages:");
        }
    }
}
