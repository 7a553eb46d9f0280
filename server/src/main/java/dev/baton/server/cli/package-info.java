/// The command line: one class a command. Data goes to standard output, talk to standard error.
@NullMarked
package dev.baton.server.cli;

import org.jspecify.annotations.NullMarked;
