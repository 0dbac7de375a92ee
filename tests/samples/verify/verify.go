// Verifies a webhook by hand: WEBHOOK_SECRET=whsec_… go run verify.go standard|m2m 'name: value' … < body
// Ends with 0 for a genuine, fresh webhook, else with 1 and the reason. Several secrets, separated by spaces: any of them may have signed it.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

// verify says what is wrong with the webhook, or nil. The body is the raw one.
func verify(scheme string, secrets []string, headers http.Header, body []byte, now time.Time) error {
	name, signed := "webhook-timestamp", signedByStandard
	if scheme == "m2m" {
		name, signed = "X-M2M-Timestamp", signedByM2m
	}
	timestamp := headers.Get(name)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || seconds < now.Add(-tolerance).Unix() || seconds > now.Add(tolerance).Unix() {
		return errors.New("the timestamp is missing or too far from now")
	}
	for _, secret := range secrets {
		if signed(secret, headers, timestamp, body) {
			return nil
		}
	}
	return errors.New("the signature does not match")
}

// X-M2M-Signature: sha256=<hex of HMAC(the whole secret as text, "timestamp.body")>.
func signedByM2m(secret string, headers http.Header, timestamp string, body []byte) bool {
	expected := "sha256=" + hex.EncodeToString(mac([]byte(secret), timestamp+".", body))
	return hmac.Equal([]byte(expected), []byte(headers.Get("X-M2M-Signature")))
}

// webhook-signature: v1,<base64 of HMAC(the decoded secret, "id.timestamp.body")>, during a rotation two of them.
func signedByStandard(secret string, headers http.Header, timestamp string, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	expected := "v1," + base64.StdEncoding.EncodeToString(mac(key, headers.Get("webhook-id")+"."+timestamp+".", body))
	for _, sent := range strings.Split(headers.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(expected), []byte(sent)) {
			return true
		}
	}
	return false
}

func mac(key []byte, before string, body []byte) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(before))
	hash.Write(body)
	return hash.Sum(nil)
}

func main() {
	if len(os.Args) < 2 || (os.Args[1] != "standard" && os.Args[1] != "m2m") {
		fmt.Fprintln(os.Stderr, "Usage: WEBHOOK_SECRET=whsec_… go run verify.go standard|m2m 'name: value' … < body")
		os.Exit(1)
	}
	headers := http.Header{}
	for _, line := range os.Args[2:] {
		if name, value, found := strings.Cut(line, ":"); found {
			headers.Set(name, strings.TrimSpace(value))
		}
	}
	body, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = verify(os.Args[1], strings.Fields(os.Getenv("WEBHOOK_SECRET")), headers, body, time.Now())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
