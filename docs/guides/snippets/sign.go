package main

import (
	"crypto/md5"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

var origin = regexp.MustCompile(`^[a-z]+://[^/]+`)

// signURL adds the auth_key: path and time are signed, host and other arguments are not.
func signURL(address, key, timestamp, uid string) string {
	path, _, hasQuery := strings.Cut(origin.ReplaceAllString(address, ""), "?")
	sum := md5.Sum([]byte(fmt.Sprintf("%s-%s-0-%s-%s", path, timestamp, uid, key)))
	separator := "?"
	if hasQuery {
		separator = "&"
	}
	return fmt.Sprintf("%s%sauth_key=%s-0-%s-%x", address, separator, timestamp, uid, sum)
}

// go run sign.go http://play.example.com/live/demo.flv KEY [TIMESTAMP] [UID]
func main() {
	timestamp, uid := fmt.Sprint(time.Now().Unix()), "0"
	if len(os.Args) > 3 {
		timestamp = os.Args[3]
	}
	if len(os.Args) > 4 {
		uid = os.Args[4]
	}
	fmt.Println(signURL(os.Args[1], os.Args[2], timestamp, uid))
}
