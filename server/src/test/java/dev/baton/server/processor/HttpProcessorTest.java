package dev.baton.server.processor;

import static dev.baton.server.processor.StubService.reply;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.server.config.BadConfigurationException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What answers of a service make of messages, and that nothing is left behind by those that never come.
@Timeout(60)
class HttpProcessorTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(400);

    private static HttpSettings settings(String url, HttpSettings.Emit emit, int batch) {
        return new HttpSettings(
                URI.create(url),
                List.of(),
                null,
                Duration.ofSeconds(15),
                Duration.ofSeconds(5),
                8,
                10_000,
                emit,
                batch,
                Duration.ofMillis(200),
                Duration.ofMinutes(5));
    }

    private static HttpSettings hasty(String url, int connections) {
        HttpSettings s = settings(url, HttpSettings.Emit.response, 1);
        return new HttpSettings(
                s.url(),
                List.of(),
                null,
                SHORT,
                SHORT,
                connections,
                10_000,
                s.emit(),
                1,
                s.linger(),
                s.maxDelay());
    }

    private static Outcome ask(HttpSettings settings) throws Exception {
        MessageProcessor processor = HttpProcessor.of(settings);
        try (AutoCloseable _ = (AutoCloseable) processor) {
            return processor.process(Posts.message("m 1%é", "{\"message_id\":\"m\"}", 2));
        }
    }

    private static Outcome asked(StubService.Reply reply) throws Exception {
        try (StubService service = new StubService(_ -> reply)) {
            return ask(settings(service.url(), HttpSettings.Emit.response, 1));
        }
    }

    @Test
    void theServiceIsToldWhichMessageItIsAndItsAnswerIsEmitted() throws Exception {
        AtomicReference<StubService.Request> seen = new AtomicReference<>();
        try (StubService service =
                new StubService(
                        request -> {
                            seen.set(request);
                            return reply(200, "{\"done\":true}");
                        })) {
            assertThat(payload(ask(settings(service.url(), HttpSettings.Emit.response, 1))))
                    .isEqualTo("{\"done\":true}");
            StubService.Request request = requireNonNull(seen.get());
            assertThat(request.body()).isEqualTo("{\"message_id\":\"m\"}");
            assertThat(request.header("Content-Type")).isEqualTo("application/json");
            assertThat(request.header("Baton-Message-Id")).isEqualTo("m%201%25%C3%A9");
            assertThat(request.header("Baton-Position")).isEqualTo("00000001.00000002.00000003");
            assertThat(request.header("Idempotency-Key")).isEqualTo("00000001.00000002.00000003");
            assertThat(request.header("Baton-Attempt")).isEqualTo("2");
        }
    }

    @Test
    void successWithoutABodyDropsTheMessageUnlessItIsTheMessageThatIsEmitted() throws Exception {
        assertThat(asked(reply(204, ""))).isInstanceOf(Outcome.Drop.class);
        assertThat(asked(reply(200, ""))).isInstanceOf(Outcome.Drop.class);
        try (StubService service = new StubService(_ -> reply(204, ""))) {
            assertThat(ask(settings(service.url(), HttpSettings.Emit.message, 1)))
                    .isInstanceOf(Outcome.PassOn.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 307, 400, 401, 404, 409, 422})
    void whatTheServiceRefusesIsRejected(int status) throws Exception {
        Outcome outcome = asked(reply(status, "{\"hush\":1}", "Location: http://127.0.0.1:1/"));

        assertThat(outcome)
                .isEqualTo(Outcome.reject("http-" + status, "the service answered " + status));
    }

    @ParameterizedTest
    @CsvSource({
        "408,",
        "425,",
        "429,",
        "500,",
        "500,7",
        "502,",
        "503,",
        "503,soon",
        "503,-1",
        "429,0"
    })
    void whatTheServiceCannotDoNowIsTriedAgainAtTheUsualTime(int status, String retryAfter)
            throws Exception {
        Outcome outcome =
                retryAfter == null
                        ? asked(reply(status, ""))
                        : asked(reply(status, "", "Retry-After: " + retryAfter));

        assertThat(outcome).isEqualTo(Outcome.retry("the service answered " + status));
    }

    @ParameterizedTest
    @CsvSource({"429,7,7", "503,120,120", "503,100000,300", "429,99999999999999999999,300"})
    void whatTheServiceAsksForIsWaitedWithinTheBound(int status, String after, long seconds)
            throws Exception {
        assertThat(asked(reply(status, "", "Retry-After: " + after)))
                .isEqualTo(
                        Outcome.retry(
                                Duration.ofSeconds(seconds), "the service answered " + status));
    }

    @Test
    void aDateIsComparedWithTheClock() {
        Clock clock = Clock.fixed(Instant.parse("2026-11-24T10:00:00Z"), ZoneOffset.UTC);
        RetryAfter after = new RetryAfter(clock, Duration.ofMinutes(5));

        assertThat(after.read("Tue, 24 Nov 2026 10:01:30 GMT")).isEqualTo(Duration.ofSeconds(90));
        assertThat(after.read("Tue, 24 Nov 2026 12:00:00 GMT")).isEqualTo(Duration.ofMinutes(5));
        assertThat(after.read("Tue, 24 Nov 2026 09:00:00 GMT")).isNull();
        assertThat(after.read("Tue, 24 Nov 2026")).isNull();
        assertThat(after.read("")).isNull();
    }

    @Test
    void anAnswerThatComesTooLateIsTriedAgainAndItsConnectionIsClosed() throws Exception {
        try (StubService service = new StubService(_ -> reply(200, "{}").after(3_000))) {
            assertThat(ask(hasty(service.url(), 1)))
                    .isEqualTo(Outcome.retry("the service did not answer within 400 ms"));
        }
        try (StubService service =
                new StubService(_ -> new StubService.Reply(head(1_000_000), "", 0, false, true))) {
            MessageProcessor processor = HttpProcessor.of(hastyFor(service.url(), 1_000_000));
            try (AutoCloseable _ = (AutoCloseable) processor) {
                assertThat(processor.process(Posts.message("m", "{}", 1)))
                        .isEqualTo(Outcome.retry("the service did not answer within 400 ms"));
                await().atMost(PATIENCE).until(() -> service.openConnections() == 0);
            }
        }
    }

    private static HttpSettings hastyFor(String url, int maxBytes) {
        HttpSettings s = hasty(url, 1);
        return new HttpSettings(
                s.url(),
                List.of(),
                null,
                SHORT,
                SHORT,
                1,
                maxBytes,
                s.emit(),
                1,
                s.linger(),
                s.maxDelay());
    }

    private static String head(int length) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @Test
    void aConnectionThatIsLostOrRefusedIsTriedAgain() throws Exception {
        Outcome lost = Outcome.retry("the connection was lost before the answer was complete");
        StubService.Reply halfWay = new StubService.Reply(head(100), "{\"half\":", 0, true, false);

        assertThat(asked(halfWay)).isEqualTo(lost);
        assertThat(asked(new StubService.Reply("", "", 0, true, false))).isEqualTo(lost);
        assertThat(asked(new StubService.Reply("nonsense\r\n\r\n", "", 0, true, false)))
                .isEqualTo(lost);
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        assertThat(ask(settings("http://127.0.0.1:" + free + "/", HttpSettings.Emit.response, 1)))
                .isEqualTo(Outcome.retry("the service cannot be reached"));
    }

    @Test
    void aBodyWithoutAnEndIsReadUpToTheBoundAndLetGo() throws Exception {
        StubService.Reply endless =
                new StubService.Reply("HTTP/1.1 200 OK\r\n\r\n", "", 0, false, true);
        try (StubService service = new StubService(_ -> endless)) {
            MessageProcessor processor =
                    HttpProcessor.of(settings(service.url(), HttpSettings.Emit.response, 1));
            try (AutoCloseable _ = (AutoCloseable) processor) {
                assertThat(processor.process(Posts.message("m", "{}", 1)))
                        .isEqualTo(
                                Outcome.reject(
                                        "http-too-long",
                                        "the service answered with more than 10000 bytes"));
                await().atMost(PATIENCE).until(() -> service.openConnections() == 0);
            }
            assertThat(ask(settings(service.url(), HttpSettings.Emit.message, 1)))
                    .isInstanceOf(Outcome.PassOn.class);
        }
    }

    @Test
    void requestsUnderWayAreBoundedAndOneThatFindsNoPlaceIsTriedAgain() throws Exception {
        try (StubService service = new StubService(_ -> reply(200, "{}").after(250));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            HttpProcessor processor = (HttpProcessor) HttpProcessor.of(hasty(service.url(), 2));
            List<Future<Outcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                outcomes.add(threads.submit(() -> processor.process(Posts.message("m", "{}", 1))));
            }
            List<Outcome> all = new ArrayList<>();
            for (Future<Outcome> outcome : outcomes) {
                all.add(outcome.get());
            }
            // What we gave up may be under way there a little longer.
            assertThat(service.mostUnderWay()).isBetween(2, 4);
            // One whose turn comes at the end of its time is sent, and given up at once.
            assertThat(all.stream().filter(Outcome.Retry.class::isInstance))
                    .hasSizeGreaterThanOrEqualTo(8)
                    .isSubsetOf(
                            Outcome.retry("no connection was free within 400 ms"),
                            Outcome.retry("the service did not answer within 400 ms"));
            processor.close();
        }
    }

    @Test
    void anInterruptGivesTheRequestItsConnectionAndItsPlaceUp() throws Exception {
        Function<StubService.Request, StubService.Reply> slow =
                request ->
                        reply(200, "{}").after(request.body().equals("{\"slow\":1}") ? 60_000 : 0);
        try (StubService service = new StubService(slow)) {
            HttpSettings s = settings(service.url(), HttpSettings.Emit.response, 1);
            HttpSettings one =
                    new HttpSettings(
                            s.url(),
                            List.of(),
                            null,
                            s.timeout(),
                            s.connectTimeout(),
                            1,
                            10_000,
                            s.emit(),
                            1,
                            s.linger(),
                            s.maxDelay());
            HttpProcessor processor = (HttpProcessor) HttpProcessor.of(one);
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread thread =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            processor.process(
                                                    Posts.message("m", "{\"slow\":1}", 1));
                                            ended.complete(new AssertionError("it ended"));
                                        } catch (InterruptedException e) {
                                            ended.complete(e);
                                        }
                                    });
            await().atMost(PATIENCE).until(() -> service.requests() == 1);

            thread.interrupt();

            assertThat(ended.get()).isInstanceOf(InterruptedException.class);
            assertThat(payload(processor.process(Posts.message("m", "{}", 1)))).isEqualTo("{}");
            processor.close();
        }
    }

    @Test
    void headersComeFromAFileAndAreNeverShown(@TempDir Path folder) throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("headers"),
                        "# ours\n\nAuthorization: Bearer hush\nX-A: b:c\n");
        AtomicReference<StubService.Request> seen = new AtomicReference<>();
        try (StubService service =
                new StubService(
                        request -> {
                            seen.set(request);
                            return reply(204, "");
                        })) {
            HttpSettings s = settings(service.url(), HttpSettings.Emit.response, 1);
            HttpSettings with =
                    new HttpSettings(
                            s.url(),
                            HttpHeader.read(file),
                            null,
                            s.timeout(),
                            s.connectTimeout(),
                            1,
                            10,
                            s.emit(),
                            1,
                            s.linger(),
                            s.maxDelay());
            ask(with);
            assertThat(requireNonNull(seen.get()).header("Authorization")).isEqualTo("Bearer hush");
            assertThat(requireNonNull(seen.get()).header("X-A")).isEqualTo("b:c");
            assertThat(with.toString()).doesNotContain("hush");
        }
        for (String bad :
                List.of(
                        "hush",
                        "Host: hush",
                        "Baton-Position: hush",
                        "Idempotency-Key: hush",
                        "A b: hush",
                        "A: hush\u0007")) {
            Files.writeString(file, "X: 1\n" + bad + "\n");
            assertThatThrownBy(() -> HttpHeader.read(file))
                    .as(bad)
                    .isInstanceOf(BadConfigurationException.class)
                    .hasMessageContaining(file + ", line 2")
                    .hasMessageNotContaining("hush");
        }
    }

    @Test
    void theServiceIsTrustedByTheCertificateOfTheFileAlone(@TempDir Path folder) throws Exception {
        Path keys = folder.resolve("keys.p12");
        Path pem = folder.resolve("ca.pem");
        keytool(
                keys,
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=stub",
                "-ext",
                "san=ip:127.0.0.1");
        keytool(keys, "-exportcert", "-rfc", "-file", pem.toString());
        HttpsServer server =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context(keys)));
        server.createContext(
                "/",
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        server.start();
        try {
            String url = "https://127.0.0.1:" + server.getAddress().getPort() + "/";
            String named = url.replace("127.0.0.1", "localhost");

            assertThat(ask(trusting(url, pem))).isInstanceOf(Outcome.Drop.class);
            assertThat(tls(ask(trusting(url, null)))).contains("TLS failed");
            assertThat(tls(ask(trusting(named, pem)))).contains("TLS failed");
        } finally {
            server.stop(0);
        }
        Path text = Files.writeString(folder.resolve("text.pem"), "no certificate");
        for (Path bad : List.of(text, folder.resolve("nowhere.pem"))) {
            assertThatThrownBy(() -> ProcessorSource.http(trusting("https://h/", bad)))
                    .isInstanceOf(BadConfigurationException.class)
                    .hasMessageContaining(bad.toString());
        }
        assertThatThrownBy(() -> trusting("http://h/", pem))
                .isInstanceOf(BadConfigurationException.class);
    }

    private static String tls(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Retry.class);
        return ((Outcome.Retry) outcome).error();
    }

    private static HttpSettings trusting(String url, @Nullable Path ca) {
        HttpSettings s = settings(url, HttpSettings.Emit.response, 1);
        return new HttpSettings(
                s.url(),
                List.of(),
                ca,
                s.timeout(),
                s.connectTimeout(),
                1,
                10,
                s.emit(),
                1,
                s.linger(),
                s.maxDelay());
    }

    private static void keytool(Path store, String... options) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString()));
        command.addAll(List.of(options));
        command.addAll(
                List.of(
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "only-for-a-test",
                        "-alias",
                        "a"));
        assertThat(new ProcessBuilder(command).redirectErrorStream(true).start().waitFor())
                .isZero();
    }

    private static SSLContext context(Path keys) throws Exception {
        char[] password = "only-for-a-test".toCharArray();
        KeyManagerFactory managers =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(KeyStore.getInstance(keys.toFile(), password), password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    @Test
    void addressesThatCannotBeMeantAreRefusedAndNotRepeated() {
        for (String bad :
                List.of(
                        "ftp://hush/",
                        "http://u:hush@h/",
                        "http:///hush",
                        "hush",
                        "http://h/#hush",
                        "http://h/ hush",
                        "http://a@b:hush/")) {
            assertThatThrownBy(() -> HttpSettings.url(bad))
                    .as(bad)
                    .isInstanceOf(BadConfigurationException.class)
                    .hasMessageNotContaining("hush");
        }
    }

    @Test
    void messagesOfABatchGoTogetherAndTheAnswerSaysWhatBecomesOfEach() throws Exception {
        AtomicReference<StubService.Request> seen = new AtomicReference<>();
        String answer =
                """
                [{"emit": {"n": 1.10,"t":"é"}}, {"drop":true}, {"retry":"later","delay_ms":1500},
                 {"retry":"later"},{"reject":"no-use","error":"why"},{"emit":"text"},{"emit":12}, {"emit":null}]
                """;
        Function<StubService.Request, StubService.Reply> service =
                request -> {
                    seen.set(request);
                    return reply(200, answer);
                };

        List<Outcome> outcomes = batch(service, 8, HttpSettings.Emit.response);

        assertThat(requireNonNull(seen.get()).body())
                .startsWith("[{\"message_id\":")
                .endsWith("}]");
        assertThat(requireNonNull(seen.get()).header("Baton-Position"))
                .matches("(\\p{XDigit}{8}\\.?){3}(, (\\p{XDigit}{8}\\.?){3}){7}");
        assertThat(requireNonNull(seen.get()).header("Baton-Attempt"))
                .isEqualTo("1, 1, 1, 1, 1, 1, 1, 1");
        assertThat(
                        outcomes.stream()
                                .filter(Outcome.Emit.class::isInstance)
                                .map(HttpProcessorTest::payload))
                .containsExactlyInAnyOrder("{\"n\": 1.10,\"t\":\"é\"}", "\"text\"", "12", "null");
        assertThat(outcomes)
                .contains(
                        Outcome.drop(),
                        Outcome.retry(Duration.ofMillis(1_500), "later"),
                        Outcome.retry("later"),
                        Outcome.reject("no-use", "why"));
    }

    @Test
    void eachMessageGetsItsOwnPartOfTheAnswer() throws Exception {
        Function<StubService.Request, StubService.Reply> echo =
                request ->
                        reply(
                                200,
                                request.body()
                                        .replace("{\"message_id\"", "{\"emit\":{\"message_id\"")
                                        .replace("}", "}}"));
        try (StubService service = new StubService(echo);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            MessageProcessor processor =
                    HttpProcessor.of(settings(service.url(), HttpSettings.Emit.response, 5));
            List<Future<Outcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 97; i++) {
                String payload = "{\"message_id\":\"" + i + "\"}";
                outcomes.add(
                        threads.submit(() -> processor.process(Posts.message("m", payload, 1))));
            }
            for (int i = 0; i < 97; i++) {
                assertThat(payload(outcomes.get(i).get()))
                        .isEqualTo("{\"message_id\":\"" + i + "\"}");
            }
            assertThat(service.requests()).isBetween(20, 40);
            ((AutoCloseable) processor).close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[{\"drop\":true}]",
                "[{\"drop\":true},{\"drop\":true},{\"drop\":true}]",
                "[{\"drop\":true},{\"drop\":false}]",
                "[{\"drop\":true},{}]",
                "[{\"drop\":true},{\"emit\":1,\"drop\":true}]",
                "[{\"drop\":true},{\"emit\":1,\"delay_ms\":1}]",
                "[{\"drop\":true},{\"retry\":\"x\",\"delay_ms\":-1}]",
                "[{\"drop\":true},{\"retry\":\"x\",\"delay_ms\":99999999999999999999}]",
                "[{\"drop\":true},{\"retry\":5}]",
                "[{\"drop\":true},{\"reject\":\"\"}]",
                "[{\"drop\":true},{\"other\":1}]",
                "[{\"drop\":true},{\"emit\":{\"a\":}}]",
                "[{\"drop\":true},\"drop\"]",
                "[{\"drop\":true},{\"drop\":true}",
                "[{\"drop\":true},{\"drop\":true}] 1"
            })
    void anIllAnswerHasAllOfThemTriedAgain(String answer) throws Exception {
        assertThat(batch(_ -> reply(200, answer), 2, HttpSettings.Emit.response))
                .hasSize(2)
                .allSatisfy(
                        outcome ->
                                assertThat(outcome)
                                        .isInstanceOfSatisfying(
                                                Outcome.Retry.class,
                                                retry ->
                                                        assertThat(retry.error())
                                                                .contains("ill answer")));
    }

    @Test
    void aBatchThatIsRefusedIsTriedOneByOneAndOneAloneIsRejected() throws Exception {
        assertThat(batch(_ -> reply(400, ""), 3, HttpSettings.Emit.response))
                .hasSize(3)
                .allMatch(outcome -> outcome instanceof Outcome.Retry);
        assertThat(batch(_ -> reply(503, "", "Retry-After: 9"), 2, HttpSettings.Emit.response))
                .containsOnly(Outcome.retry(Duration.ofSeconds(9), "the service answered 503"));
        assertThat(batch(_ -> reply(202, "whatever"), 2, HttpSettings.Emit.message))
                .containsOnly(Outcome.passOn());
        AtomicReference<String> body = new AtomicReference<>();
        try (StubService service =
                new StubService(
                        request -> {
                            body.set(request.body());
                            return reply(400, "");
                        })) {
            assertThat(ask(settings(service.url(), HttpSettings.Emit.response, 10)))
                    .as("its second attempt")
                    .isEqualTo(Outcome.reject("http-400", "the service answered 400"));
            assertThat(body.get()).isEqualTo("[{\"message_id\":\"m\"}]");
        }
    }

    @Test
    void aBatchIsGivenUpWhenNobodyWaitsForItAnyMore() throws Exception {
        try (StubService service = new StubService(_ -> reply(200, "[]").after(60_000))) {
            HttpSettings settings = settings(service.url(), HttpSettings.Emit.response, 2);
            Poster poster = new Poster(settings);
            HttpBatches processor =
                    new HttpBatches(
                            settings,
                            poster,
                            new Verdict(new RetryAfter(Clock.systemUTC(), settings.maxDelay())));
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                threads.add(
                        Thread.ofVirtual()
                                .start(
                                        () -> {
                                            try {
                                                processor.process(Posts.message("m", "{}", 1));
                                            } catch (InterruptedException e) {
                                                // As is wanted.
                                            }
                                        }));
            }
            await().atMost(PATIENCE).until(() -> service.requests() == 1);

            for (Thread thread : threads) {
                thread.interrupt();
                thread.join(PATIENCE);
                assertThat(thread.isAlive()).isFalse();
            }

            await("long before its time is over")
                    .atMost(Duration.ofSeconds(8))
                    .until(() -> poster.underWay() == 0);
            processor.close();
        }
    }

    private static List<Outcome> batch(
            Function<StubService.Request, StubService.Reply> behaviour,
            int count,
            HttpSettings.Emit emit)
            throws Exception {
        try (StubService service = new StubService(behaviour);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            HttpSettings s = settings(service.url(), emit, count);
            HttpSettings patient =
                    new HttpSettings(
                            s.url(),
                            List.of(),
                            null,
                            s.timeout(),
                            s.connectTimeout(),
                            8,
                            10_000,
                            emit,
                            count,
                            Duration.ofSeconds(10),
                            s.maxDelay());
            MessageProcessor processor = HttpProcessor.of(patient);
            try (AutoCloseable _ = (AutoCloseable) processor) {
                List<Future<Outcome>> calls =
                        IntStream.range(0, count)
                                .mapToObj(
                                        i ->
                                                threads.submit(
                                                        () ->
                                                                processor.process(
                                                                        Posts.message(
                                                                                "m",
                                                                                "{\"message_id\":\"m\"}",
                                                                                1))))
                                .toList();
                List<Outcome> outcomes = new ArrayList<>();
                for (Future<Outcome> call : calls) {
                    outcomes.add(call.get());
                }
                assertThat(service.requests()).isEqualTo(1);
                return outcomes;
            }
        }
    }

    private static String payload(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Emit.class);
        return ((Outcome.Emit) outcome)
                .emissions().stream()
                        .map(one -> new String(one.payload(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining("+"));
    }
}
