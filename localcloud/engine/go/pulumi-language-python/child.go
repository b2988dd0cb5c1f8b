package main

import (
	"context"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// The engine gives a language host 5 s to end; its children get less.
const gracePeriod = 2 * time.Second

type childProcess struct {
	program     string
	arguments   []string
	directory   string
	environment []string
	stdout      io.Writer
	stderr      io.Writer
}

// runChild runs a process in a group of its own until it ends, or until ctx does: then nothing of the group remains.
func runChild(ctx context.Context, child childProcess) error {
	// Linux ties the parent-death signal to the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	command := exec.CommandContext(ctx, child.program, child.arguments...)
	command.Dir = child.directory
	command.Env = child.environment
	command.Stdout = child.stdout
	command.Stderr = child.stderr
	command.SysProcAttr = ownGroup()
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = gracePeriod
	if err := command.Start(); err != nil {
		return err
	}
	err := command.Wait()
	if ctx.Err() != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
	return err
}

type writer func([]byte) (int, error)

func (w writer) Write(data []byte) (int, error) { return w(data) }

// pluginStream sends a plugin's output as it comes. gRPC forbids concurrent sends on one stream.
type pluginStream struct {
	mutex  sync.Mutex
	stream grpc.ServerStreamingServer[pulumirpc.RunPluginResponse]
}

func (s *pluginStream) send(response *pulumirpc.RunPluginResponse) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.stream.Send(response)
}

func (s *pluginStream) stdout(data []byte) (int, error) {
	return len(data), s.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: data}})
}

func (s *pluginStream) stderr(data []byte) (int, error) {
	return len(data), s.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: data}})
}

func (s *pluginStream) exit(code int32) error {
	return s.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code}})
}
