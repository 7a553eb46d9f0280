package example;

import dev.baton.Emission;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.ProcessorFactory;
import java.util.Map;
import java.util.Set;

/// `--processor stamp`: gives each stream entry one more field.
public final class StampFactory implements ProcessorFactory {

    @Override
    public String name() {
        return "stamp";
    }

    @Override
    public String description() {
        return "gives each entry the field 'region'; settings: region";
    }

    @Override
    public MessageProcessor create(Map<String, String> settings) {
        if (!settings.keySet().equals(Set.of("region"))) {
            throw new IllegalArgumentException("give --set region=NAME and nothing else");
        }
        String region = settings.get("region");
        return message -> {
            if (message.payload().length > 10_000) {
                return Outcome.reject("too-long-to-stamp", message.payload().length + " bytes");
            }
            return Outcome.emit(Emission.of(message.payload()).with("region", region));
        };
    }
}
