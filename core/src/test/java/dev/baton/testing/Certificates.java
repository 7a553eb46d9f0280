package dev.baton.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An authority that lives for one test, and what it signs, as PEM files.
public final class Certificates {

    private static final String PASSWORD = "only-for-a-test";
    private static final int PATIENCE_SECONDS = 60;

    private final Path folder;
    private final Path store;

    /// A certificate and its key.
    ///
    /// @param certificate PEM file
    /// @param key PEM file, PKCS#8
    public record Pair(Path certificate, Path key) {}

    /// @param folder where everything is written
    public Certificates(Path folder) throws Exception {
        this.folder = folder;
        this.store = folder.resolve("keys.p12");
        keytool("-genkeypair", "-alias", "ca", "-dname", "CN=Test CA", "-ext", "bc:c");
        export("ca");
    }

    /// The authority's own certificate.
    public Path authority() {
        return folder.resolve("ca.pem");
    }

    /// Has the authority sign a certificate.
    ///
    /// @param name of whom, also of the files
    /// @param more of the tool's options, such as `-ext san=dns:localhost`
    public Pair signed(String name, String... more) throws Exception {
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "-genkeypair",
                                "-alias",
                                name,
                                "-dname",
                                "CN=" + name,
                                "-signer",
                                "ca"));
        options.addAll(List.of(more));
        keytool(options.toArray(String[]::new));
        return export(name);
    }

    /// A certificate that nobody signed but itself.
    public Pair stranger(String name) throws Exception {
        keytool("-genkeypair", "-alias", name, "-dname", "CN=" + name);
        return export(name);
    }

    private void keytool(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-keyalg", "EC", "-keystore", store.toString()));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IllegalStateException("keytool: " + said);
        }
    }

    private Pair export(String name) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        StringBuilder chain = new StringBuilder();
        for (Certificate one : keys.getCertificateChain(name)) {
            chain.append(pem("CERTIFICATE", one.getEncoded()));
        }
        Key key = keys.getKey(name, PASSWORD.toCharArray());
        Path certificateFile = Files.writeString(folder.resolve(name + ".pem"), chain);
        Path keyFile = folder.resolve(name + "-key.pem");
        Files.writeString(keyFile, pem("PRIVATE KEY", key.getEncoded()));
        return new Pair(certificateFile, keyFile);
    }

    private static String pem(String what, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
    }
}
