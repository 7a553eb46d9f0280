package dev.baton.server.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/// Moves the wall clock of one JVM, as an agent that is loaded before the program: behind each place where a class, also
/// one of Java's own, reads the system's clock, it adds what a file says. The monotonic clock goes on as it was, as it does
/// when somebody sets a machine's clock.
///
/// It needs no compiler, no preloaded library and no switch in the program.
public final class ClockShim implements ClassFileTransformer {

    private static final String OFF_MILLIS = "baton.chaos.clock.off.millis";
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final ClassDesc LONG = ConstantDescs.CD_Long;

    private ClockShim() {}

    /// Writes the jar that names this agent. The class itself is on the program's own class path.
    ///
    /// @return what to start a JVM with, but for the file that moves its clock
    static String agentIn(Path folder) {
        Path jar = folder.resolve("clock-shim.jar");
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Premain-Class", ClockShim.class.getName());
        attributes.putValue("Can-Retransform-Classes", "true");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream written = new JarOutputStream(out, manifest)) {
            written.finish();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot write " + jar, e);
        }
        return "-javaagent:" + jar + "=";
    }

    /// Begins; called by the JVM.
    ///
    /// @param file holds how many milliseconds the clock is off; may come and change later
    public static void premain(String file, Instrumentation instrumentation)
            throws UnmodifiableClassException {
        instrumentation.addTransformer(new ClockShim(), true);
        instrumentation.retransformClasses(
                Arrays.stream(instrumentation.getAllLoadedClasses())
                        .filter(instrumentation::isModifiableClass)
                        .filter(one -> !one.isArray() && !one.isHidden())
                        .toArray(Class<?>[]::new));
        var _ =
                Thread.ofPlatform()
                        .daemon()
                        .name("baton-chaos-clock")
                        .start(() -> follow(Path.of(file)));
    }

    private static void follow(Path file) {
        long off = 0;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                String text = Files.exists(file) ? Files.readString(file).strip() : "";
                long now = text.isEmpty() ? off : Long.parseLong(text);
                if (now != off) {
                    off = now;
                    System.setProperty(OFF_MILLIS, Long.toString(now));
                    System.err.println(said(measuredOffSeconds()));
                }
                Thread.sleep(LOOK);
            } catch (IOException | NumberFormatException e) {
                // Written at this very moment; the next look finds it whole.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Begins what the process says when its clock was moved.
    static final String SAID = "the clock is off by ";

    /// What the process says when its clock reads so many seconds more than the machine's.
    static String said(long seconds) {
        return SAID + seconds + " s";
    }

    /// This class is not transformed, so it sees both.
    private static long measuredOffSeconds() {
        return Math.round((Clock.systemUTC().millis() - System.currentTimeMillis()) / 1_000.0);
    }

    @Override
    public byte @Nullable [] transform(
            @Nullable ClassLoader loader,
            String name,
            @Nullable Class<?> already,
            @Nullable ProtectionDomain domain,
            byte[] bytes) {
        if (ClockShim.class.getName().replace('.', '/').equals(name) || !readsClock(bytes)) {
            return null;
        }
        ClassFile classes = ClassFile.of();
        return classes.transformClass(
                classes.parse(bytes), ClassTransform.transformingMethodBodies(ClockShim::copy));
    }

    private static boolean readsClock(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.contains("currentTimeMillis") || text.contains("getNanoTimeAdjustment");
    }

    private static void copy(CodeBuilder code, CodeElement element) {
        code.with(element);
        if (element instanceof InvokeInstruction call && call.opcode() == Opcode.INVOKESTATIC) {
            String owner = call.owner().asInternalName();
            String method = call.name().stringValue();
            if (owner.equals("java/lang/System") && method.equals("currentTimeMillis")) {
                addOff(code, 1);
            } else if (owner.equals("jdk/internal/misc/VM")
                    && method.equals("getNanoTimeAdjustment")) {
                addOff(code, NANOS_PER_MILLI);
            }
        }
    }

    /// With Java's own means only: the classes that are changed see no others.
    private static void addOff(CodeBuilder code, long unit) {
        code.loadConstant(OFF_MILLIS)
                .loadConstant(0L)
                .invokestatic(
                        LONG,
                        "getLong",
                        MethodTypeDesc.of(LONG, ConstantDescs.CD_String, ConstantDescs.CD_long))
                .invokevirtual(LONG, "longValue", MethodTypeDesc.of(ConstantDescs.CD_long))
                .loadConstant(unit)
                .lmul()
                .ladd();
    }
}
