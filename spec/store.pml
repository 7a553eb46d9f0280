/* Shared: the store is one atomic state machine, and an earlier moment of it may come back. */
#define NOW 0
#define THEN 1
