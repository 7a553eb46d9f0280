package example;

import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/// An application whose only bean of its own is the work.
@SpringBootApplication
public class Orders {

    public static void main(String[] args) {
        SpringApplication.run(Orders.class, args);
    }

    @Bean
    MessageProcessor processor() {
        return message ->
                message.payload().length > 10_000
                        ? Outcome.reject("too-long", message.payload().length + " bytes")
                        : Outcome.passOn();
    }
}
