package dev.baton.server.cli;

import dev.baton.server.config.BadConfigurationException;
import dev.baton.source.Listening;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Prints what each role's user may do, for the names that are given.
@Command(
        name = "acl",
        description = "Print least-privilege users for each role, as commands for redis-cli.",
        footer = {"", "baton acl worker --stream orders:done | redis-cli"})
final class AclCommand implements Callable<Integer> {

    /// What a rule may hold, and what stays one word on a command line.
    private static final Pattern NAME = Pattern.compile("[^\\s\\p{Cntrl}'\"\\\\]+");

    @Parameters(
            paramLabel = "ROLE",
            arity = "0..*",
            description =
                    "publisher, dispatcher-source, dispatcher-store, worker, reader or operator (default: all)")
    List<String> roles = List.of();

    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin ChannelOptions channel = new ChannelOptions();

    @Option(names = "--cluster", description = "the store is a Redis Cluster")
    boolean cluster;

    @Option(names = "--help", usageHelp = true, description = "show this help")
    boolean help;

    private List<String> names(Listening listening) {
        List<String> names = new ArrayList<>(List.of(stream.stream));
        switch (listening) {
            case Listening.Channels exact -> names.addAll(exact.channels());
            case Listening.Sharded exact -> names.addAll(exact.channels());
            case Listening.Pattern one -> names.add(one.pattern());
        }
        return names;
    }

    @Override
    public Integer call() {
        stream.checked();
        Listening listening;
        try {
            listening = channel.listening();
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("--channel: " + e.getMessage(), e);
        }
        for (String name : names(listening)) {
            if (!NAME.matcher(name).matches()) {
                throw new BadConfigurationException(
                        "'"
                                + name
                                + "' has blanks, quotes or backslashes, which these rules cannot carry");
            }
        }
        AclRules rules = new AclRules(stream.stream, stream.slices, listening, cluster);
        for (String role : roles.isEmpty() ? AclRules.ROLES : roles) {
            if (!AclRules.ROLES.contains(role)) {
                throw new BadConfigurationException(
                        "there is no role '"
                                + role
                                + "'; one of "
                                + String.join(", ", AclRules.ROLES));
            }
            System.out.println("ACL SETUSER " + String.join(" ", rules.of(role)));
        }
        System.out.flush();
        return ExitCode.FINE;
    }
}
