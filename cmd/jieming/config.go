package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"syscall"
	"time"
)

// listenFlags are the settings of every verb that answers HTTP.
type listenFlags struct {
	downloadFlags
	deskFlags
	mailFlags
	keyFlags
	trainingFlags

	Addr            string        `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on (default ${default})."`
	RequestTimeout  time.Duration `default:"30s" placeholder:"TIME" help:"How long one request may take (default ${default})."`
	ShutdownTimeout time.Duration `default:"10s" placeholder:"TIME" help:"How long requests under way may take once told to stop (default ${default})."`
	LogLevel        slog.Level    `default:"INFO" placeholder:"LEVEL" help:"DEBUG, INFO, WARN or ERROR (default ${default})."`
}

// listen opens the address. It comes before anything slow, so that a port in
// use is said at once.
func (f listenFlags) listen() (net.Listener, error) { return listenAt(f.Addr, "--addr") }

// listenAt opens an address that was given by a flag.
func listenAt(addr, flag string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("address %s is in use by another program: stop it, or choose another address with %s HOST:PORT", addr, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("address %s: this user may not listen there: choose a port above 1023 with %s HOST:PORT", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("%w (want %s HOST:PORT, such as 127.0.0.1:8080)", err, flag)
	}
	return l, nil
}

// logger writes one JSON object a line.
func (f listenFlags) logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: f.LogLevel}))
}

// address is the URL to open in a browser on this machine.
func address(l net.Listener) string {
	tcp := l.Addr().(*net.TCPAddr)
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}
