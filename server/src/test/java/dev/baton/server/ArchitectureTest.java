package dev.baton.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

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

    @Test
    void dependenciesRunOneWay() {
        assertThat(PRODUCT).isNotEmpty();
        PROCESSORS_STAND_ALONE.check(PRODUCT);
        NOBODY_ELSE_EVALUATES.check(PRODUCT);
    }
}
