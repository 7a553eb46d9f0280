/// Connections to Redis: where a server is ([RedisAddress]), how to reach it ([RedisConnector]), and whether it may hold
/// our data ([StoreCheck]).
@NullMarked
package dev.baton.redis;

import org.jspecify.annotations.NullMarked;
