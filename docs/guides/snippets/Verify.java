import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class Verify {
    static final long MAX_AGE_SECONDS = 300;

    /** form: apsara. The domain is the ingest domain for publishes, else the host of your callback's URL. */
    static boolean verifyApsara(String domain, String timestamp, String signature, String key, long now)
            throws GeneralSecurityException {
        byte[] md5 = MessageDigest.getInstance("MD5").digest(bytes(domain + "|" + timestamp + "|" + key));
        return isSame(HexFormat.of().formatHex(md5), signature) && isFresh(timestamp, now);
    }

    /** form: json (Standard Webhooks). The body as it came, before anything parses it. */
    static boolean verifyWebhook(String id, String timestamp, String signature, byte[] body, String key, long now)
            throws GeneralSecurityException {
        byte[] secret = key.startsWith("whsec_") ? Base64.getDecoder().decode(key.substring(6)) : bytes(key);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        mac.update(bytes(id + "." + timestamp + "."));
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        for (String each : signature.split(" ")) {
            if (isSame(expected, each)) return isFresh(timestamp, now);
        }
        return false;
    }

    static boolean isSame(String expected, String given) {
        return MessageDigest.isEqual(bytes(expected), bytes(given));
    }

    static boolean isFresh(String timestamp, long now) {
        return timestamp.matches("\\d{1,12}") && Math.abs(now - Long.parseLong(timestamp)) <= MAX_AGE_SECONDS;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // java Verify.java apsara KEY DOMAIN TIMESTAMP SIGNATURE [NOW], or: webhook KEY ID TIMESTAMP SIGNATURE [NOW] < body
    public static void main(String[] args) throws GeneralSecurityException, IOException {
        long now = args.length > 5 ? Long.parseLong(args[5]) : Instant.now().getEpochSecond();
        boolean isRight = args[0].equals("apsara")
                ? verifyApsara(args[2], args[3], args[4], args[1], now)
                : verifyWebhook(args[2], args[3], args[4], System.in.readAllBytes(), args[1], now);
        System.out.println(isRight ? "valid" : "not valid");
    }
}
