package dev.baton.server.processor;

import dev.baton.Message;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.ProcessorFactory;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.server.config.NearestName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Processors in jars, found by their factories. Thread-safe.
public final class Plugins implements AutoCloseable {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    private final URLClassLoader loader;
    private final Map<String, ProcessorFactory> factories = new TreeMap<>();

    private Plugins(URLClassLoader loader) {
        this.loader = loader;
    }

    /// Finds the factories in jars and in directories of jars.
    ///
    /// @throws BadConfigurationException if a jar cannot be read, a factory cannot be made, or two have one name
    public static Plugins load(List<Path> paths) {
        List<URL> jars =
                paths.stream().flatMap(path -> jars(path).stream()).map(Plugins::url).toList();
        Plugins plugins =
                new Plugins(
                        new URLClassLoader(
                                "baton-plugins",
                                jars.toArray(URL[]::new),
                                Plugins.class.getClassLoader()));
        try {
            plugins.find();
            return plugins;
        } catch (RuntimeException e) {
            plugins.close();
            throw e;
        }
    }

    private static List<Path> jars(Path path) {
        if (!Files.isDirectory(path)) {
            checkJar(path);
            return List.of(path);
        }
        try (Stream<Path> files = Files.list(path)) {
            List<Path> jars =
                    files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
            if (jars.isEmpty()) {
                throw new BadConfigurationException("--plugins: there is no jar in " + path);
            }
            jars.forEach(Plugins::checkJar);
            return jars;
        } catch (IOException e) {
            throw new BadConfigurationException(
                    "--plugins: cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    private static void checkJar(Path file) {
        try (JarFile _ = new JarFile(file.toFile())) {
            // It opens.
        } catch (IOException e) {
            throw new BadConfigurationException(
                    "--plugins: cannot read "
                            + file
                            + " as a jar ("
                            + e.getMessage()
                            + "); check its name and permissions",
                    e);
        }
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new BadConfigurationException("--plugins: " + jar + ": " + e.getMessage(), e);
        }
    }

    private void find() {
        Iterator<ProcessorFactory> found =
                ServiceLoader.load(ProcessorFactory.class, loader).iterator();
        try {
            while (found.hasNext()) {
                add(found.next());
            }
        } catch (ServiceConfigurationError | LinkageError e) {
            throw new BadConfigurationException("--plugins: " + reason(e), e);
        }
    }

    private void add(ProcessorFactory factory) {
        String name = factory.name();
        if (name == null || !NAME.matcher(name).matches()) {
            throw new BadConfigurationException(
                    "--plugins: "
                            + origin(factory)
                            + " calls its processor '"
                            + name
                            + "'; a name is small letters, digits and dashes");
        }
        if (ProcessorSource.BUILT_IN.contains(name)) {
            throw new BadConfigurationException(
                    "--plugins: "
                            + origin(factory)
                            + " calls its processor '"
                            + name
                            + "', which is Baton's own");
        }
        ProcessorFactory other = factories.putIfAbsent(name, factory);
        if (other != null) {
            throw new BadConfigurationException(
                    "--plugins: two processors are called '"
                            + name
                            + "': "
                            + origin(other)
                            + " and "
                            + origin(factory)
                            + "; leave one of them out");
        }
    }

    private static String origin(ProcessorFactory factory) {
        var source = factory.getClass().getProtectionDomain().getCodeSource();
        String place =
                source == null || source.getLocation() == null ? "" : file(source.getLocation());
        return factory.getClass().getName() + place;
    }

    private static String file(URL location) {
        String path = location.getPath();
        return " in " + path.substring(path.lastIndexOf('/', path.length() - 2) + 1);
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure.getMessage() + (cause == null ? "" : " (" + cause + ")");
    }

    /// All processors there are, one a line, Baton's own first.
    public String list() {
        StringBuilder text = new StringBuilder();
        for (String name : ProcessorSource.BUILT_IN) {
            line(text, name, ProcessorSource.does(name));
        }
        factories.forEach(
                (name, factory) ->
                        line(text, name, factory.description() + " (" + origin(factory) + ")"));
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String what) {
        text.append("%-16s %s%n".formatted(name, what));
    }

    /// @throws BadConfigurationException if there is none of this name
    ProcessorFactory factory(String name) {
        ProcessorFactory factory = factories.get(name);
        if (factory == null) {
            throw unknown(name);
        }
        return factory;
    }

    private BadConfigurationException unknown(String name) {
        List<String> names = new ArrayList<>(ProcessorSource.BUILT_IN);
        names.addAll(factories.keySet());
        String nearest = NearestName.of(name, names);
        return new BadConfigurationException(
                "there is no processor '"
                        + name
                        + "'; there are "
                        + String.join(", ", names)
                        + (nearest == null ? "" : "; did you mean '" + nearest + "'?")
                        + (factories.isEmpty() ? "; --plugins names jars with more" : ""));
    }

    /// @throws BadConfigurationException if the factory fails
    MessageProcessor create(String name, Map<String, String> settings) {
        ProcessorFactory factory = factory(name);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            MessageProcessor made = factory.create(Map.copyOf(settings));
            if (made == null) {
                throw new IllegalStateException("it made nothing");
            }
            return new InItsLoader(made, loader);
        } catch (Exception | LinkageError e) {
            throw new BadConfigurationException(
                    "the plugin '" + name + "' cannot be used: " + words(e), e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /// A plugin that refuses a setting speaks to people; whatever else it throws is named.
    private static String words(Throwable failure) {
        String message = failure.getMessage();
        return failure instanceof IllegalArgumentException && message != null
                ? message
                : failure.toString();
    }

    /// Lets the jars go.
    @Override
    public void close() {
        try {
            loader.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing the plugins' jars failed", e);
        }
    }

    /// Libraries look for their own parts with the thread's loader.
    private record InItsLoader(MessageProcessor made, ClassLoader loader)
            implements MessageProcessor, AutoCloseable {

        @Override
        public Outcome process(Message message) throws Exception {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            try {
                return made.process(message);
            } finally {
                thread.setContextClassLoader(before);
            }
        }

        @Override
        public void close() throws Exception {
            if (made instanceof AutoCloseable closeable) {
                closeable.close();
            }
        }
    }
}
