/**
 * A device made of Leshan's client library: its registration engine, its CoAP and its DTLS as they come. Ours are only the
 * options, named as those of Leshan's demo client, a temperature that counts its own changes, and a line for every handshake.
 *
 * The key comes as hexadecimal digits on the first line of standard input (with `-x509` its certificate, its private key and the
 * server's certificate on the first three); when standard input ends the client dies without a
 * word to the server, so it never outlives the run that started it. For a try by hand the key is given with `-p`, where every
 * process sees it, and the client runs until it is interrupted.
 */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.DTLSContext;
import org.eclipse.californium.scandium.dtls.Handshaker;
import org.eclipse.californium.scandium.dtls.SessionAdapter;
import org.eclipse.leshan.client.LeshanClientBuilder;
import org.eclipse.leshan.client.engine.DefaultRegistrationEngineFactory;
import org.eclipse.leshan.client.object.Device;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.object.Server;
import org.eclipse.leshan.client.resource.BaseInstanceEnabler;
import org.eclipse.leshan.client.resource.ObjectsInitializer;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.LwM2mId;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.model.ResourceModel.Operations;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.model.StaticModel;
import org.eclipse.leshan.core.request.BindingMode;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.transport.californium.client.endpoint.CaliforniumClientEndpointFactory;
import org.eclipse.leshan.transport.californium.client.endpoint.CaliforniumClientEndpointsProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coaps.CoapsClientEndpointFactory;
import org.eclipse.leshan.transport.californium.client.endpoint.coaps.CoapsClientProtocolProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

public final class LeshanClient {
  private static final int TEMPERATURE = 3303;
  private static final int SERVER_ID = 123;

  static {
    System.setProperty("org.slf4j.simpleLogger.showDateTime", "true");
    System.setProperty("org.slf4j.simpleLogger.dateTimeFormat", "HH:mm:ss.SSS");
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
  }

  private static final Logger LOG = LoggerFactory.getLogger(LeshanClient.class);

  public static void main(String[] words) throws Exception {
    Map<String, String> options = optionsOf(words);
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    boolean byHand = options.containsKey("-p");
    List<byte[]> secrets = new ArrayList<>();
    while (secrets.size() < (options.containsKey("-x509") ? 3 : 1)) {
      secrets.add(HexFormat.of().parseHex(byHand ? options.get("-p") : input.readLine().trim()));
    }

    LeshanClientBuilder builder = new LeshanClientBuilder(options.get("-n"));
    builder.setObjects(objects(options, secrets).createAll());
    builder.setEndpointsProviders(endpoints(options));
    builder.setRegistrationEngineFactory(engine(options));
    builder.build().start();

    while (byHand || input.readLine() != null) {
      // Nothing is said to it; only the end matters.
      Thread.sleep(1000);
    }
    Runtime.getRuntime().halt(0);
  }

  /** `-q` and `-x509` stand alone, every other option has a value. */
  private static Map<String, String> optionsOf(String[] words) {
    Map<String, String> options = new HashMap<>();
    options.put("-l", "300");
    options.put("-cid", "off");
    for (int i = 0; i < words.length; i++) {
      options.put(words[i], words[i].equals("-q") || words[i].equals("-x509") ? "" : words[++i]);
    }
    return options;
  }

  private static ObjectsInitializer objects(Map<String, String> options, List<byte[]> secrets) throws Exception {
    List<ObjectModel> models = new ArrayList<>(ObjectLoader.loadDefault());
    models.add(new ObjectModel(TEMPERATURE, "Temperature", "", "1.0", true, false,
        new ResourceModel(5700, "Sensor Value", Operations.R, false, true, Type.FLOAT, "", "", ""),
        new ResourceModel(5701, "Sensor Units", Operations.R, false, false, Type.STRING, "", "", "")));
    ObjectsInitializer initializer = new ObjectsInitializer(new StaticModel(models));
    initializer.setInstancesForObject(LwM2mId.SECURITY, options.containsKey("-x509")
        ? Security.x509(options.get("-u"), SERVER_ID, secrets.get(0), secrets.get(1), secrets.get(2))
        : Security.psk(options.get("-u"), SERVER_ID, options.get("-i").getBytes(), secrets.get(0)));
    initializer.setInstancesForObject(LwM2mId.SERVER, new Server(SERVER_ID, Long.parseLong(options.get("-l")),
        EnumSet.of(BindingMode.U), false, BindingMode.U));
    initializer.setInstancesForObject(LwM2mId.DEVICE, new Device("Holdfast", "leshan", "1"));
    Temperature temperature = new Temperature();
    initializer.setInstancesForObject(TEMPERATURE, temperature);
    Executors.newSingleThreadScheduledExecutor(LeshanClient::daemon)
        .scheduleAtFixedRate(temperature::change, 1000, 1000, TimeUnit.MILLISECONDS);
    return initializer;
  }

  private static DefaultRegistrationEngineFactory engine(Map<String, String> options) {
    DefaultRegistrationEngineFactory engine = new DefaultRegistrationEngineFactory();
    if (options.containsKey("-cp")) {
      engine.setCommunicationPeriod(1000 * Integer.parseInt(options.get("-cp")));
    }
    engine.setQueueMode(options.containsKey("-q"));
    return engine;
  }

  private static CaliforniumClientEndpointsProvider endpoints(Map<String, String> options) {
    CaliforniumClientEndpointsProvider.Builder builder =
        new CaliforniumClientEndpointsProvider.Builder(new CoapsClientProtocolProvider() {
          @Override
          public CaliforniumClientEndpointFactory createDefaultEndpointFactory() {
            return new HandshakesTold();
          }
        });
    Configuration configuration = builder.createDefaultConfiguration();
    // Length 0: it puts the server's connection ID into its records and gives out none of its own.
    configuration.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, options.get("-cid").equals("on") ? 0 : null);
    return builder.setConfiguration(configuration).build();
  }

  private static final class HandshakesTold extends CoapsClientEndpointFactory {
    @Override
    protected DtlsConnectorConfig.Builder createRootDtlsConnectorConfigBuilder(Configuration configuration) {
      return super.createRootDtlsConnectorConfigBuilder(configuration).setSessionListener(new SessionAdapter() {
        @Override
        public void handshakeStarted(Handshaker handshaker) {
          LOG.info("DTLS handshake started: {}", handshaker.getClass().getSimpleName());
        }

        @Override
        public void contextEstablished(Handshaker handshaker, DTLSContext context) {
          LOG.info("DTLS handshake succeeded: {}, connection ID to write {}",
              context.getSession().getCipherSuite(), context.getWriteConnectionId());
        }

        @Override
        public void handshakeFailed(Handshaker handshaker, Throwable error) {
          LOG.info("DTLS handshake failed: {}", String.valueOf(error));
        }
      });
    }
  }

  /** A thread that keeps nothing alive. */
  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  }

  /** 1, 2, 3 ... a change a second. */
  public static final class Temperature extends BaseInstanceEnabler {
    private final AtomicInteger changes = new AtomicInteger();

    void change() {
      changes.incrementAndGet();
      fireResourceChange(5700);
    }

    @Override
    public ReadResponse read(LwM2mServer server, int resource) {
      switch (resource) {
        case 5700:
          return ReadResponse.success(5700, (double) changes.get());
        case 5701:
          return ReadResponse.success(5701, "1");
        default:
          return super.read(server, resource);
      }
    }

    @Override
    public List<Integer> getAvailableResourceIds(ObjectModel model) {
      return List.of(5700, 5701);
    }
  }

  private LeshanClient() {
  }
}
