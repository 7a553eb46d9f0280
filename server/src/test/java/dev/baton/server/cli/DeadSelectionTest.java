package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeadSelectionTest {

    @ParameterizedTest
    @CsvSource({
        "failed, failed, true",
        "failed, fail, false",
        "failed, fail*, true",
        "failed, *led, true",
        "failed, f*l*d, true",
        "failed, f*x*d, false",
        "failed, *, true",
        "failed, **, true",
        "aa, aa*aa, false",
        "aaa, aa*aa, false",
        "aaaa, aa*aa, true",
        "'', *, true",
        "'', x, false"
    })
    void aStarStandsForAnyCharacters(String value, String pattern, boolean fits) {
        assertThat(DeadSelection.fits(value, pattern)).isEqualTo(fits);
    }
}
