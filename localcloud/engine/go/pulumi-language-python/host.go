package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// A program that has already shown its error to the user exits with this code (pulumi-language-python-exec).
const exitedAfterMessage = 32

// languageHost serves pulumirpc.LanguageRuntime. What it does not define answers "unimplemented": generating
// programs, projects and SDKs from schemas is the official host's work.
type languageHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	mutex    sync.Mutex
	engine   string
	children context.Context // ends with Cancel; the next call gets a new one
	end      context.CancelFunc
}

func newLanguageHost(engine string) *languageHost {
	host := &languageHost{engine: engine}
	host.children, host.end = context.WithCancel(context.Background())
	return host
}

func (h *languageHost) endChildren() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.end()
	h.children, h.end = context.WithCancel(context.Background())
}

// childContext ends with the call, when the engine drops it, and with Cancel.
func (h *languageHost) childContext(call context.Context) (context.Context, context.CancelFunc) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	child, end := context.WithCancel(call)
	context.AfterFunc(h.children, end)
	return child, end
}

func (h *languageHost) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.endChildren()
	return &emptypb.Empty{}, nil
}

func (h *languageHost) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.engine = request.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

func (h *languageHost) RuntimeOptionsPrompts(
	context.Context, *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

func (h *languageHost) Template(
	context.Context, *pulumirpc.TemplateRequest,
) (*pulumirpc.TemplateResponse, error) {
	return &pulumirpc.TemplateResponse{}, nil
}

func (h *languageHost) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if request.GetAttachDebugger() {
		return nil, status.Error(codes.Unimplemented,
			"this language host attaches no debugger: run without --attach-debugger, or install the official Pulumi CLI")
	}
	python, err := findPython(request.GetInfo())
	if err != nil {
		return nil, err
	}
	script, err := programScript()
	if err != nil {
		return nil, err
	}
	configuration, err := configurationVariables(request)
	if err != nil {
		return nil, err
	}
	h.mutex.Lock()
	engine := h.engine
	h.mutex.Unlock()
	arguments := []string{
		"-u", script,
		"--monitor", request.GetMonitorAddress(),
		"--engine", engine,
		"--project", request.GetProject(),
		"--root_directory", request.GetInfo().GetRootDirectory(),
		"--stack", request.GetStack(),
		"--pwd", request.GetPwd(),
		"--dry_run", strconv.FormatBool(request.GetDryRun()),
		"--parallel", strconv.Itoa(int(request.GetParallel())),
		"--organization", request.GetOrganization(),
		"--", request.GetInfo().GetEntryPoint(),
	}
	child, end := h.childContext(ctx)
	defer end()
	err = runChild(child, childProcess{
		program:     python.executable,
		arguments:   append(arguments, request.GetArgs()...),
		directory:   request.GetPwd(),
		environment: append(python.environment(os.Environ()), configuration...),
		stdout:      os.Stdout,
		stderr:      os.Stderr,
	})
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case child.Err() != nil:
		return nil, status.Error(codes.Canceled, "the program was ended")
	case errors.As(err, &exit) && exit.ExitCode() == exitedAfterMessage:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended with %v", exit)}, nil
	default:
		return nil, fmt.Errorf("cannot run %s: %w", python.executable, err)
	}
}

// configurationVariables are JSON. What is empty must not become null, which the SDK does not read.
func configurationVariables(request *pulumirpc.RunRequest) ([]string, error) {
	values, keys := map[string]string{}, []string{}
	maps.Copy(values, request.GetConfig())
	config, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("encoding the configuration: %w", err)
	}
	secretKeys, err := json.Marshal(append(keys, request.GetConfigSecretKeys()...))
	if err != nil {
		return nil, fmt.Errorf("encoding the names of secret configuration: %w", err)
	}
	return []string{"PULUMI_CONFIG=" + string(config), "PULUMI_CONFIG_SECRET_KEYS=" + string(secretKeys)}, nil
}

// RunPlugin runs a policy pack. Its environment is the engine's; the stack's tags come later, by ConfigureStack.
func (h *languageHost) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream grpc.ServerStreamingServer[pulumirpc.RunPluginResponse],
) error {
	if request.GetKind() != "analyzer" {
		return status.Errorf(codes.Unimplemented,
			"this language host runs policy packs, not plugins of kind %q: install the official Pulumi CLI",
			request.GetKind())
	}
	python, err := findPython(request.GetInfo())
	if err != nil {
		return err
	}
	arguments := append([]string{"-u", "-m", "pulumi.policy"}, request.GetArgs()...)
	output := &pluginStream{stream: stream}
	child, end := h.childContext(stream.Context())
	defer end()
	err = runChild(child, childProcess{
		program:     python.executable,
		arguments:   append(arguments, request.GetInfo().GetProgramDirectory()),
		directory:   request.GetInfo().GetProgramDirectory(),
		environment: python.environment(request.GetEnv()),
		stdout:      writer(output.stdout),
		stderr:      writer(output.stderr),
	})
	var exit *exec.ExitError
	switch {
	case err == nil:
		return output.exit(0)
	case child.Err() != nil:
		return status.Error(codes.Canceled, "the policy pack was ended")
	case errors.As(err, &exit):
		return output.exit(int32(exit.ExitCode()))
	default:
		return fmt.Errorf("cannot run %s: %w", python.executable, err)
	}
}

// programScript is the runner of the Python SDK; the build puts it beside this executable.
func programScript() (string, error) {
	executable, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("cannot find this language host's own folder: %w", err)
	}
	if executable, err = filepath.EvalSymlinks(executable); err != nil {
		return "", fmt.Errorf("cannot find this language host's own folder: %w", err)
	}
	script := filepath.Join(filepath.Dir(executable), "pulumi-language-python-exec")
	if _, err := os.Stat(script); err != nil {
		return "", fmt.Errorf("%s is missing: run `python -m localcloud.engine` to put it back", script)
	}
	return script, nil
}
