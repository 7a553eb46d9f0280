package dev.baton.redis;

/// Receives publications by the handful, on the connection's event loop; it must not wait.
public interface PushListener {

    /// So many numbers describe a publication: where its channel begins, the channel's length, where its payload begins,
    /// the payload's length.
    int SPAN = 4;

    /// Publications in the order in which the server sent them.
    ///
    /// @param bytes hold them, among other things; never written to afterwards, so they may be kept
    /// @param spans [#SPAN] numbers for each; the listener's to keep
    /// @param count how many publications there are, at least 1
    void publications(byte[] bytes, int[] spans, int count);
}
