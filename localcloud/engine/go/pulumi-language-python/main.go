// Command pulumi-language-python runs Python programs and policy packs for the Pulumi engine.
//
// The official one is not among Pulumi's Go modules, so a CLI built from those needs this one beside it. It serves
// pulumirpc.LanguageRuntime on a loopback port, prints that port, and ends with its engine.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// version is set by the build: it is the version of the CLI this host was built for.
var version = "0.0.0-dev"

// The engine's own limit: a configuration or a plugin's output may be larger than gRPC's 4 MiB.
const maxMessageBytes = 400 << 20

func main() {
	if err := serve(engineAddress(os.Args[1:])); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-python: %v\n", err)
		os.Exit(1)
	}
}

// engineAddress is the last argument; what comes before it are flags for logs and traces.
func engineAddress(arguments []string) string {
	if len(arguments) == 0 || strings.HasPrefix(arguments[len(arguments)-1], "-") {
		return ""
	}
	return arguments[len(arguments)-1]
}

func serve(engine string) error {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go watchStandardInput(ended)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("cannot listen on a loopback port: %w", err)
	}
	host := newLanguageHost(engine)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessageBytes))
	pulumirpc.RegisterLanguageRuntimeServer(server, host)
	go func() {
		<-ended
		host.endChildren()
		server.GracefulStop()
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return server.Serve(listener)
}

// watchStandardInput ends the host when the engine's end of the pipe closes: a killed CLI sends no signal.
// Any other kind of standard input (a terminal, /dev/null, a file) says nothing about the engine.
func watchStandardInput(ended chan<- os.Signal) {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	ended <- syscall.SIGTERM
}
