package dev.baton.server.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Prints a script that teaches a shell our commands and options.
@Command(
        name = "completion",
        description = "Print a completion script for bash, zsh or fish.",
        footer = {
            "",
            "bash, zsh   source <(baton completion bash)",
            "fish        baton completion fish | source"
        })
final class CompletionCommand implements Callable<Integer> {

    /// The shells there are scripts for; bash and zsh share one.
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Spec @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "SHELL",
            arity = "0..1",
            defaultValue = "bash",
            description = "bash, zsh or fish (default: ${DEFAULT-VALUE})")
    Shell shell = Shell.bash;

    @Option(names = "--help", usageHelp = true, description = "show this help")
    boolean help;

    @Override
    public Integer call() {
        CommandSpec own = spec;
        if (own != null) {
            CommandLine root = own.root().commandLine();
            System.out.print(
                    switch (shell) {
                        case bash, zsh -> AutoComplete.bash(root.getCommandName(), root);
                        case fish -> new FishCompletion(own.root()).script();
                    });
            System.out.flush();
        }
        return ExitCode.FINE;
    }
}
