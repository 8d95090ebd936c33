import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;

class Sign {
    /** The URL with its auth_key: path and time are signed, host and other arguments are not. */
    static String signUrl(String address, String key, long timestamp, String uid) throws GeneralSecurityException {
        String path = address.replaceFirst("^[a-z]+://[^/]+", "").split("\\?", 2)[0];
        String text = path + "-" + timestamp + "-0-" + uid + "-" + key;
        byte[] md5 = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        String separator = address.contains("?") ? "&" : "?";
        return address + separator + "auth_key=" + timestamp + "-0-" + uid + "-" + HexFormat.of().formatHex(md5);
    }

    // java Sign.java http://play.example.com/live/demo.flv KEY [TIMESTAMP] [UID]
    public static void main(String[] args) throws GeneralSecurityException {
        long timestamp = args.length > 2 ? Long.parseLong(args[2]) : Instant.now().getEpochSecond();
        System.out.println(signUrl(args[0], args[1], timestamp, args.length > 3 ? args[3] : "0"));
    }
}
