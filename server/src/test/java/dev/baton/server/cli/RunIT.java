package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// The commands as processes of their own.
class RunIT {

    @Test
    void runPublishesProcessesAndBalances() throws Exception {
        try (BatonProcess run =
                BatonProcess.start(
                        "run", "--rate", "500", "--duration", "3s", "--dispatchers", "2")) {
            assertThat(run.end()).as(run.said()).isZero();
            assertThat(run.said())
                    .containsPattern("books balance +yes")
                    .containsPattern("in flight +0\n");
        }
    }

    @Test
    void anInterruptDrainsAndEndsWithTheSummary() throws Exception {
        try (BatonProcess run = BatonProcess.start("run", "--rate", "500")) {
            run.awaitSaid("first message committed");

            run.interrupt();

            assertThat(run.end()).as(run.said()).isZero();
            assertThat(run.said())
                    .contains("finishing what is in hand")
                    .containsPattern("books balance +yes");
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws Exception {
        try (BatonProcess run = BatonProcess.start("run", "--data", "/dev/null/data")) {
            assertThat(run.end()).as(run.said()).isEqualTo(78);
            assertThat(run.said())
                    .startsWith("baton: --data: cannot make the folder /dev/null/data");
        }
    }
}
