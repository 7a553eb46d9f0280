package dev.baton.server.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.server.config.BadConfigurationException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jars that are plugins, and those that are not.
class PluginsTest {

    private static final String SERVICE = "META-INF/services/dev.baton.ProcessorFactory";

    @TempDir static Path folder;
    private static Path stamp;

    @BeforeAll
    static void compile() throws IOException {
        stamp = JavaSources.stampJar(folder);
    }

    @Test
    void theExamplesForEmbeddingCompiles(@TempDir Path classes) throws IOException {
        JavaSources.compile(JavaSources.EXAMPLES.resolve("embedded/src/main/java"), classes);

        assertThat(classes.resolve("example/Embedded.class")).exists();
    }

    @Test
    void aPluginOfAJarOrADirectoryIsMadeWithItsSettings(@TempDir Path directory) throws Exception {
        Files.copy(stamp, directory.resolve("stamp.jar"));
        for (Path path : List.of(stamp, directory)) {
            try (ProcessorSource source =
                    ProcessorSource.plugin(
                            Plugins.load(List.of(path)), "stamp", Map.of("region", "north"))) {
                MessageProcessor processor = source.create();

                assertThat(processor.process(Posts.message("m", "{}", 1)))
                        .isInstanceOfSatisfying(
                                Outcome.Emit.class,
                                emit ->
                                        assertThat(emit.emissions().getFirst().fields())
                                                .isEqualTo(Map.of("region", "north")));
            }
        }
    }

    @Test
    void aPluginSeesItsOwnLoaderAndIsClosedWithItsSource(@TempDir Path place) throws Exception {
        Path jar =
                plugin(
                        place,
                        "Closes",
                        """
                        public String name() { return "closes"; }
                        public dev.baton.MessageProcessor create(java.util.Map<String, String> s) {
                            record Made() implements dev.baton.MessageProcessor, AutoCloseable {
                                public dev.baton.Outcome process(dev.baton.Message m) {
                                    boolean own = Thread.currentThread().getContextClassLoader() == Closes.class.getClassLoader();
                                    return dev.baton.Outcome.emit("" + own);
                                }
                                public void close() { System.setProperty("closes.closed", "yes"); }
                            }
                            return new Made();
                        }
                        """);
        try (ProcessorSource source =
                ProcessorSource.plugin(Plugins.load(List.of(jar)), "closes", Map.of())) {
            ClassLoader before = Thread.currentThread().getContextClassLoader();
            Outcome.Emit emit = (Outcome.Emit) source.create().process(Posts.message("m", "{}", 1));
            assertThat(emit.emissions().getFirst().payload())
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("true");
            assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
            assertThat(System.getProperty("closes.closed")).isNull();
        }

        assertThat(System.clearProperty("closes.closed")).isEqualTo("yes");
    }

    @Test
    void aNameThatDoesNotExistIsNamedWithThoseThatDo() {
        refused(
                () -> ProcessorSource.plugin(Plugins.load(List.of(stamp)), "stmap", Map.of()),
                "no processor 'stmap'",
                "pass, jsonata, http, stamp",
                "did you mean 'stamp'?");
        refused(
                () -> ProcessorSource.plugin(Plugins.load(List.of()), "jsonta", Map.of()),
                "did you mean 'jsonata'?",
                "--plugins names jars");
    }

    @Test
    void allProcessorsAreListed() {
        try (Plugins plugins = Plugins.load(List.of(stamp))) {
            assertThat(plugins.list())
                    .contains("pass ", "jsonata ", "http ", "stamp ")
                    .contains("settings: region")
                    .contains("stamp.jar");
        }
    }

    @Test
    void aFactoryThatRefusesOrFailsIsBadConfiguration(@TempDir Path place) throws Exception {
        try (ProcessorSource source =
                ProcessorSource.plugin(
                        Plugins.load(List.of(stamp)), "stamp", Map.of("reigon", "north"))) {
            refused(source::create, "the plugin 'stamp' cannot be used: give --set region=NAME");
        }
        Path failing =
                plugin(
                        place,
                        "Fails",
                        """
                        public String name() { return "fails"; }
                        public dev.baton.MessageProcessor create(java.util.Map<String, String> s) throws Exception {
                            throw new java.io.IOException("no such thing");
                        }
                        """);
        try (ProcessorSource source =
                ProcessorSource.plugin(Plugins.load(List.of(failing)), "fails", Map.of())) {
            refused(source::create, "'fails' cannot be used: java.io.IOException: no such thing");
        }
    }

    @Test
    void whatCannotBeReadOrIsThereTwiceIsRefused(@TempDir Path place) throws Exception {
        Path twice = Files.copy(stamp, place.resolve("again.jar"));
        Path noJar = Files.writeString(place.resolve("text.jar"), "no jar");
        Path nobody = place.resolve("nobody");
        Files.createDirectories(nobody.resolve("META-INF/services"));
        Files.writeString(nobody.resolve(SERVICE), "example.Nobody\n");
        Path missing = JavaSources.jar(place.resolve("missing.jar"), nobody);
        Path empty = Files.createDirectories(place.resolve("empty"));
        Path reserved =
                plugin(place, "Pass", "public String name() { return \"pass\"; } " + MAKES_NONE);
        Path badName =
                plugin(place, "Odd", "public String name() { return \"A b\"; } " + MAKES_NONE);

        refused(() -> Plugins.load(List.of(noJar)), "cannot read " + noJar + " as a jar");
        refused(() -> Plugins.load(List.of(place.resolve("none.jar"))), "none.jar");
        refused(() -> Plugins.load(List.of(empty)), "no jar in " + empty);
        refused(() -> Plugins.load(List.of(missing)), "example.Nobody");
        refused(() -> Plugins.load(List.of(reserved)), "'pass', which is Baton's own");
        refused(() -> Plugins.load(List.of(badName)), "'A b'");
        Path other =
                plugin(place, "Other", "public String name() { return \"stamp\"; } " + MAKES_NONE);
        refused(
                () -> Plugins.load(List.of(twice, other)),
                "two processors are called 'stamp'",
                "again.jar",
                "Other.jar");
    }

    private static final String MAKES_NONE =
            "public dev.baton.MessageProcessor create(java.util.Map<String, String> s) { return null; }";

    private static Path plugin(Path place, String name, String body) throws IOException {
        Path sources = Files.createDirectories(place.resolve(name + "-src"));
        Path classes = Files.createDirectories(place.resolve(name + "-classes/META-INF/services"));
        Files.writeString(
                sources.resolve(name + ".java"),
                "public class "
                        + name
                        + " implements dev.baton.ProcessorFactory {\n"
                        + body
                        + "}\n");
        Path root = place.resolve(name + "-classes");
        JavaSources.compile(sources, root);
        Files.writeString(classes.resolve("dev.baton.ProcessorFactory"), name + "\n");
        return JavaSources.jar(place.resolve(name + ".jar"), root);
    }

    private static void refused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call)
                .isInstanceOf(BadConfigurationException.class)
                .hasMessageContainingAll(parts);
    }
}
