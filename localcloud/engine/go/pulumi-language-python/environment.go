package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// About answers the interpreter of the program for `pulumi about`.
func (h *languageHost) About(
	ctx context.Context, request *pulumirpc.AboutRequest,
) (*pulumirpc.AboutResponse, error) {
	python, err := findPython(request.GetInfo())
	if err != nil {
		return nil, err
	}
	version, err := python.ask(ctx, "import platform; print(platform.python_version())")
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{
		Executable: python.executable,
		Version:    version,
		Metadata:   map[string]string{"virtualenv": python.virtualenv},
	}, nil
}

// InstallDependencies makes the virtualenv where it is missing and installs requirements.txt into it.
func (h *languageHost) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest,
	stream grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse],
) error {
	info := request.GetInfo()
	output := &installStream{stream: stream}
	ctx, end := h.childContext(stream.Context())
	defer end()

	if virtualenv := virtualenvFolder(info); virtualenv != "" {
		if _, err := os.Stat(filepath.Join(virtualenv, "bin", "python")); err != nil {
			system, err := findPython(&pulumirpc.ProgramInfo{})
			if err != nil {
				return err
			}
			if err := output.run(ctx, system, info, "-m", "venv", virtualenv); err != nil {
				return err
			}
		}
	}
	python, err := findPython(info)
	if err != nil {
		return err
	}
	requirements := filepath.Join(info.GetProgramDirectory(), "requirements.txt")
	if _, err := os.Stat(requirements); err != nil {
		_, err := output.stdout([]byte(fmt.Sprintf("%s does not exist: nothing was installed\n", requirements)))
		return err
	}
	return output.run(ctx, python, info, "-m", "pip", "install", "--requirement", requirements)
}

// installStream sends an installer's output as it comes. gRPC forbids concurrent sends on one stream.
type installStream struct {
	mutex  sync.Mutex
	stream grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse]
}

func (s *installStream) stdout(data []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(data), s.stream.Send(&pulumirpc.InstallDependenciesResponse{Stdout: data})
}

func (s *installStream) stderr(data []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(data), s.stream.Send(&pulumirpc.InstallDependenciesResponse{Stderr: data})
}

func (s *installStream) run(
	ctx context.Context, python python, info *pulumirpc.ProgramInfo, arguments ...string,
) error {
	err := runChild(ctx, childProcess{
		program:     python.executable,
		arguments:   arguments,
		directory:   info.GetProgramDirectory(),
		environment: python.environment(os.Environ()),
		stdout:      writer(s.stdout),
		stderr:      writer(s.stderr),
	})
	if err != nil {
		return fmt.Errorf("python %s failed: %w", strings.Join(arguments, " "), err)
	}
	return nil
}
