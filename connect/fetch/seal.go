package fetch

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// seal makes text unreadable to all who do not have the key, and useless for
// anything but purpose. Equal texts are sealed alike, so that an answer is the same
// each time: the nonce of AES-GCM is a keyed hash of what is sealed.
func seal(key [32]byte, text, purpose string) string {
	h := hmac.New(sha256.New, key[:])
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(text))
	gcm := cipherOf(key)
	nonce := h.Sum(nil)[:gcm.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(text), []byte(purpose)))
}

// unseal is what was sealed with the same key for the same purpose; false for
// anything else.
func unseal(key [32]byte, sealed, purpose string) (string, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	gcm := cipherOf(key)
	if err != nil || len(raw) < gcm.NonceSize() {
		return "", false
	}
	text, err := gcm.Open(nil, raw[:gcm.NonceSize()], raw[gcm.NonceSize():], []byte(purpose))
	return string(text), err == nil
}

func cipherOf(key [32]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return gcm
}
