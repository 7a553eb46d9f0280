/// Connections to Redis: where a server is ([RedisAddress]), what is trusted there ([Tls]) and how to log in
/// ([LoginFiles]), how to reach it ([RedisConnector]), how publications get past the client ([PushListener]), how commands take effect together ([Transaction]), and whether it may hold our data ([StoreCheck]).
@NullMarked
package dev.baton.redis;

import org.jspecify.annotations.NullMarked;
