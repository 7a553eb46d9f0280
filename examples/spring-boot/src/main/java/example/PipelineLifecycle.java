package example;

import dev.baton.MessageProcessor;
import dev.baton.pipeline.Pipeline;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Runs a pipeline from when the application is ready to when it ends. It starts last and stops first, while everything that
/// the processor needs is there.
@Component
class PipelineLifecycle implements SmartLifecycle {

    private final MessageProcessor processor;
    private final String redis;
    private final String channel;
    private final String stream;
    private final int concurrency;
    private Pipeline pipeline;

    PipelineLifecycle(
            MessageProcessor processor,
            @Value("${baton.redis:redis://127.0.0.1:6379}") String redis,
            @Value("${baton.channel:orders}") String channel,
            @Value("${baton.stream:orders:done}") String stream,
            @Value("${baton.concurrency:16}") int concurrency) {
        this.processor = processor;
        this.redis = redis;
        this.channel = channel;
        this.stream = stream;
        this.concurrency = concurrency;
    }

    @Override
    public synchronized void start() {
        pipeline =
                Pipeline.on(redis)
                        .channel(channel)
                        .stream(stream)
                        .concurrency(concurrency)
                        .processor(processor)
                        .start();
    }

    /// Hands over and drains.
    @Override
    public synchronized void stop() {
        if (pipeline != null) {
            pipeline.close();
            pipeline = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return pipeline != null;
    }
}
