package main

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

const maxAgeSeconds = 300

// verifyApsara is for form: apsara. The domain is the ingest domain for publishes, else the host of your callback's URL.
func verifyApsara(domain, timestamp, signature, key string, now int64) bool {
	expected := fmt.Sprintf("%x", md5.Sum([]byte(domain+"|"+timestamp+"|"+key)))
	return hmac.Equal([]byte(expected), []byte(signature)) && isFresh(timestamp, now)
}

// verifyWebhook is for form: json (Standard Webhooks). The body as it came, before anything parses it.
func verifyWebhook(id, timestamp, signature string, body []byte, key string, now int64) bool {
	secret := []byte(key)
	if strings.HasPrefix(key, "whsec_") {
		var err error
		if secret, err = base64.StdEncoding.DecodeString(key[6:]); err != nil {
			return false
		}
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, each := range strings.Split(signature, " ") {
		if hmac.Equal(expected, []byte(each)) {
			return isFresh(timestamp, now)
		}
	}
	return false
}

func isFresh(timestamp string, now int64) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && now-seconds <= maxAgeSeconds && seconds-now <= maxAgeSeconds
}

// go run verify.go apsara KEY DOMAIN TIMESTAMP SIGNATURE [NOW], or: webhook KEY ID TIMESTAMP SIGNATURE [NOW] < body
func main() {
	form, key, first, timestamp, signature := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	now := time.Now().Unix()
	if len(os.Args) > 6 {
		now, _ = strconv.ParseInt(os.Args[6], 10, 64)
	}
	isRight := false
	if form == "apsara" {
		isRight = verifyApsara(first, timestamp, signature, key, now)
	} else {
		body, _ := io.ReadAll(os.Stdin)
		isRight = verifyWebhook(first, timestamp, signature, body, key, now)
	}
	if isRight {
		fmt.Println("valid")
	} else {
		fmt.Println("not valid")
	}
}
