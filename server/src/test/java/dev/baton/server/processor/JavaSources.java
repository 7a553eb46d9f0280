package dev.baton.server.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// Compiles sources against the class path of the tests, and packs what comes of them.
public final class JavaSources {

    /// The examples, as seen from the folder of the module.
    public static final Path EXAMPLES = Path.of("..", "examples");

    private JavaSources() {}

    /// Compiles all sources of an example.
    ///
    /// @param to where classes go
    public static void compile(Path sources, Path to) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(sources)) {
            files = all.filter(file -> file.toString().endsWith(".java")).toList();
        }
        assertThat(files).as(sources.toString()).isNotEmpty();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        List<String> options =
                List.of(
                        "-proc:none",
                        "-d",
                        to.toString(),
                        "-cp",
                        System.getProperty("java.class.path"));
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled =
                    compiler.getTask(
                                    said,
                                    manager,
                                    null,
                                    options,
                                    null,
                                    manager.getJavaFileObjectsFromPaths(files))
                            .call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
    }

    /// Packs folders into a jar.
    public static Path jar(Path jar, Path... folders) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            for (Path folder : folders) {
                try (Stream<Path> all = Files.walk(folder)) {
                    for (Path one : all.filter(Files::isRegularFile).toList()) {
                        out.putNextEntry(
                                new JarEntry(folder.relativize(one).toString().replace('\\', '/')));
                        Files.copy(one, out);
                        out.closeEntry();
                    }
                }
            }
        }
        return jar;
    }

    /// The example's jar.
    public static Path stampJar(Path folder) throws IOException {
        Path classes = Files.createDirectories(folder.resolve("stamp-classes"));
        compile(EXAMPLES.resolve("plugin/src/main/java"), classes);
        return jar(
                folder.resolve("stamp.jar"),
                classes,
                EXAMPLES.resolve("plugin/src/main/resources"));
    }
}
