package dev.baton.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.net.http.HttpClient;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;

/// Processors know nothing of Redis and of the command line, and JSON is read by nobody else.
class ArchitectureTest {

    private static final JavaClasses PRODUCT =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.baton.server");

    private static final ArchRule PROCESSORS_STAND_ALONE =
            noClasses()
                    .that()
                    .resideInAPackage("dev.baton.server.processor..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.baton.server.cli..",
                            "dev.baton.server.chaos..",
                            "dev.baton.server.embedded..",
                            "dev.baton.server.load..",
                            "dev.baton.redis..",
                            "dev.baton.slice..",
                            "dev.baton.worker..",
                            "dev.baton.dispatch..",
                            "io.lettuce..",
                            "picocli..");

    private static final ArchRule NOBODY_ELSE_EVALUATES =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.baton.server.processor..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("com.dashjoin..", "java.net.http..");

    private static final ArchRule NOBODY_ELSE_READS_JSON =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.baton.server.processor..")
                    .should()
                    .dependOnClassesThat()
                    .areAssignableTo(JsonParser.class);

    @Test
    void dependenciesRunOneWay() {
        assertThat(PRODUCT).isNotEmpty();
        PROCESSORS_STAND_ALONE.check(PRODUCT);
        NOBODY_ELSE_EVALUATES.check(PRODUCT);
        NOBODY_ELSE_READS_JSON.check(PRODUCT);
    }

    @Test
    void theRulesCanFail() {
        JavaClasses broken = new ClassFileImporter().importClasses(Trespasser.class);

        assertThat(NOBODY_ELSE_READS_JSON.evaluate(broken).hasViolation()).isTrue();
        assertThat(NOBODY_ELSE_EVALUATES.evaluate(broken).hasViolation()).isTrue();
    }

    /// Breaks the rules on purpose.
    static final class Trespasser {

        static boolean trespass(JsonParser parser, HttpClient client) {
            return parser.isClosed() && client.isTerminated();
        }
    }
}
