/// Processors for workers that are started from the command line: an expression ([JsonataSettings]), a service behind HTTP
/// ([HttpSettings]), code in a jar ([Plugins]). A [ProcessorSource] makes one for each worker and closes them all.
///
/// What goes wrong with a message is an outcome. An error text says what and where, never what stood in the payload. The only
/// package of the server that reads JSON (`cli.Report` writes it); it knows nothing of Redis and nothing of the command line.
@NullMarked
package dev.baton.server.processor;

import org.jspecify.annotations.NullMarked;
