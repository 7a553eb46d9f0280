package dev.baton.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The packages depend on each other in one direction, and only the worker knows JSON.
class ArchitectureTest {

    private static final JavaClasses PRODUCT =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.baton");

    private static final ArchRule ONLY_THE_WORKER_KNOWS_JSON =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.baton.worker..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("tools.jackson..");

    private static final List<ArchRule> RULES =
            List.of(
                    ONLY_THE_WORKER_KNOWS_JSON,
                    nothingIn("dev.baton", "dev.baton.."),
                    nothingIn(
                            "dev.baton.duty..",
                            "dev.baton",
                            "dev.baton.redis..",
                            "dev.baton.source..",
                            "dev.baton.slice..",
                            "dev.baton.dispatch..",
                            "dev.baton.worker..",
                            "dev.baton.pipeline..",
                            "io.lettuce.."),
                    nothingIn(
                            "dev.baton.redis..",
                            "dev.baton.source..",
                            "dev.baton.slice..",
                            "dev.baton.dispatch..",
                            "dev.baton.worker..",
                            "dev.baton.pipeline.."),
                    nothingIn(
                            "dev.baton.source..",
                            "dev.baton.slice..",
                            "dev.baton.dispatch..",
                            "dev.baton.worker..",
                            "dev.baton.pipeline.."),
                    nothingIn(
                            "dev.baton.slice..",
                            "dev.baton.source..",
                            "dev.baton.dispatch..",
                            "dev.baton.worker..",
                            "dev.baton.pipeline.."),
                    nothingIn("dev.baton.dispatch..", "dev.baton.worker..", "dev.baton.pipeline.."),
                    nothingIn(
                            "dev.baton.worker..",
                            "dev.baton.source..",
                            "dev.baton.dispatch..",
                            "dev.baton.pipeline.."),
                    nothingIn("dev.baton..", "dev.baton.server.."),
                    SlicesRuleDefinition.slices()
                            .matching("dev.baton.(*)..")
                            .should()
                            .beFreeOfCycles());

    private static ArchRule nothingIn(String from, String... to) {
        return noClasses()
                .that()
                .resideInAPackage(from)
                .should(
                        com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat(
                                com.tngtech.archunit.core.domain.JavaClass.Predicates
                                        .resideInAnyPackage(to)
                                        .and(
                                                com.tngtech.archunit.base.DescribedPredicate.not(
                                                        com.tngtech.archunit.core.domain.JavaClass
                                                                .Predicates.resideInAPackage(
                                                                from)))));
    }

    @Test
    void dependenciesRunOneWay() {
        assertThat(PRODUCT).isNotEmpty();
        RULES.forEach(rule -> rule.check(PRODUCT));
    }

    @Test
    void theRulesCanFail() {
        JavaClasses broken =
                new ClassFileImporter().importPackages("dev.baton.architecture.fixture");

        assertThat(ONLY_THE_WORKER_KNOWS_JSON.evaluate(broken).hasViolation()).isTrue();
        assertThat(
                        nothingIn("dev.baton.architecture.fixture..", "dev.baton.dispatch..")
                                .evaluate(broken)
                                .hasViolation())
                .isTrue();
    }
}
