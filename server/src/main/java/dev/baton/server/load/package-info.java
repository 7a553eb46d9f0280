/// Load: messages made up or read, published at a steady rate.
@NullMarked
package dev.baton.server.load;

import org.jspecify.annotations.NullMarked;
