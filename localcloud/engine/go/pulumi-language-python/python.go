package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// python is the interpreter that runs a program or a policy pack.
type python struct {
	executable string
	virtualenv string // absolute; empty for the interpreter on the PATH
}

// findPython reads runtime.options of Pulumi.yaml or PulumiPolicy.yaml.
func findPython(info *pulumirpc.ProgramInfo) (python, error) {
	options := info.GetOptions().AsMap()
	if toolchain, set := options["toolchain"]; set && toolchain != "pip" {
		return python{}, status.Errorf(codes.InvalidArgument,
			"runtime.options.toolchain %v is not supported by this language host: set runtime.options.virtualenv instead",
			toolchain)
	}
	virtualenv := virtualenvFolder(info)
	if virtualenv != "" {
		executable := filepath.Join(virtualenv, "bin", "python")
		if _, err := os.Stat(executable); err != nil {
			return python{}, status.Errorf(codes.FailedPrecondition,
				"runtime.options.virtualenv names %s, which has no bin/python: create it with `python3 -m venv %s` "+
					"and install the project's requirements into it", virtualenv, virtualenv)
		}
		return python{executable: executable, virtualenv: virtualenv}, nil
	}
	for _, name := range []string{"python3", "python"} {
		if executable, err := exec.LookPath(name); err == nil {
			return python{executable: executable}, nil
		}
	}
	return python{}, status.Error(codes.FailedPrecondition,
		"neither python3 nor python is on the PATH: install Python, or set runtime.options.virtualenv")
}

// virtualenvFolder is relative to the folder of Pulumi.yaml or PulumiPolicy.yaml; empty if the project names none.
func virtualenvFolder(info *pulumirpc.ProgramInfo) string {
	folder, _ := info.GetOptions().AsMap()["virtualenv"].(string)
	if folder == "" || filepath.IsAbs(folder) {
		return folder
	}
	return filepath.Join(info.GetRootDirectory(), folder)
}

// environment is what an activated virtualenv has, and bytecode is always kept: without it every start pays for
// compiling the SDK again.
func (p python) environment(base []string) []string {
	environment := make([]string, 0, len(base)+2)
	for _, variable := range base {
		name, value, _ := strings.Cut(variable, "=")
		switch {
		case name == "PYTHONDONTWRITEBYTECODE":
		case p.virtualenv != "" && name == "PYTHONHOME":
		case p.virtualenv != "" && name == "PATH":
			bin := filepath.Join(p.virtualenv, "bin")
			environment = append(environment, "PATH="+bin+string(os.PathListSeparator)+value)
		default:
			environment = append(environment, variable)
		}
	}
	if p.virtualenv != "" {
		environment = append(environment, "VIRTUAL_ENV="+p.virtualenv)
	}
	return environment
}

// sitePackages are the folders of installed packages. A virtualenv is looked into without starting Python.
func (p python) sitePackages(ctx context.Context) ([]string, error) {
	if p.virtualenv != "" {
		return filepath.Glob(filepath.Join(p.virtualenv, "lib*", "python3*", "site-packages"))
	}
	output, err := p.ask(ctx, "import site, sys; print(*{path for path in sys.path if path.endswith('-packages')}, sep='\\n')")
	if err != nil {
		return nil, err
	}
	return strings.Split(output, "\n"), nil
}

// ask answers what a line of Python prints.
func (p python) ask(ctx context.Context, line string) (string, error) {
	command := exec.CommandContext(ctx, p.executable, "-c", line)
	command.Env = p.environment(os.Environ())
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s does not run: %w", p.executable, err)
	}
	return strings.TrimSpace(string(output)), nil
}
