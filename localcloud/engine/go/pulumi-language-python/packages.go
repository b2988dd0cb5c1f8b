package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// pluginFile is pulumi-plugin.json, by which an SDK names its provider.
type pluginFile struct {
	Resource         bool   `json:"resource"`
	Name             string `json:"name"`
	Version          string `json:"version"`
	Server           string `json:"server"`
	Parameterization *struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Value   []byte `json:"value"`
	} `json:"parameterization"`
}

// GetRequiredPackages answers the providers of every installed SDK, in the version that SDK was made for.
func (h *languageHost) GetRequiredPackages(
	ctx context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	files, err := installedFiles(ctx, request.GetInfo(), filepath.Join("*", "pulumi-plugin.json"))
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
		var plugin pluginFile
		if err := json.Unmarshal(content, &plugin); err != nil {
			return nil, fmt.Errorf("%s is not valid (%w): install its package again", path, err)
		}
		if !plugin.Resource {
			continue
		}
		if plugin.Name == "" {
			module := filepath.Base(filepath.Dir(path))
			plugin.Name = strings.ReplaceAll(strings.TrimPrefix(module, "pulumi_"), "_", "-")
		}
		dependency := &pulumirpc.PackageDependency{
			Kind: "resource", Name: plugin.Name, Version: plugin.Version, Server: plugin.Server,
		}
		if parameters := plugin.Parameterization; parameters != nil {
			dependency.Parameterization = &pulumirpc.PackageParameterization{
				Name: parameters.Name, Version: parameters.Version, Value: parameters.Value,
			}
		}
		response.Packages = append(response.Packages, dependency)
	}
	return response, nil
}

// distribution is what the METADATA file of an installed distribution says.
type distribution struct {
	name, version string
	requires      []string
}

// GetProgramDependencies answers all installed distributions, or those that no other one requires.
func (h *languageHost) GetProgramDependencies(
	ctx context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	files, err := installedFiles(ctx, request.GetInfo(), filepath.Join("*.dist-info", "METADATA"))
	if err != nil {
		return nil, err
	}
	distributions := make([]distribution, 0, len(files))
	required := map[string]bool{}
	for _, path := range files {
		found, err := readMetadata(path)
		if err != nil {
			return nil, err
		}
		distributions = append(distributions, found)
		for _, name := range found.requires {
			required[name] = true
		}
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, found := range distributions {
		if request.GetTransitiveDependencies() || !required[normalized(found.name)] {
			response.Dependencies = append(response.Dependencies,
				&pulumirpc.DependencyInfo{Name: found.name, Version: found.version})
		}
	}
	return response, nil
}

// installedFiles answers the paths that match pattern, relative to the folders of installed packages, sorted.
func installedFiles(ctx context.Context, info *pulumirpc.ProgramInfo, pattern string) ([]string, error) {
	python, err := findPython(info)
	if err != nil {
		return nil, err
	}
	folders, err := python.sitePackages(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{} // lib64 is often a link to lib
	for _, folder := range folders {
		real, err := filepath.EvalSymlinks(folder)
		if err != nil {
			continue // a folder on the search path need not exist
		}
		paths, err := filepath.Glob(filepath.Join(real, pattern))
		if err != nil {
			return nil, fmt.Errorf("looking into %s: %w", real, err)
		}
		for _, path := range paths {
			seen[path] = true
		}
	}
	files := make([]string, 0, len(seen))
	for path := range seen {
		files = append(files, path)
	}
	sort.Strings(files)
	return files, nil
}

var (
	nameAtStart = regexp.MustCompile(`^[A-Za-z0-9._-]+`)
	separators  = regexp.MustCompile(`[-_.]+`)
)

// normalized is PEP 503: distributions are required by names that differ in case and separators.
func normalized(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}

func readMetadata(path string) (distribution, error) {
	file, err := os.Open(path)
	if err != nil {
		return distribution{}, fmt.Errorf("reading an installed distribution: %w", err)
	}
	defer file.Close()
	var found distribution
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() && scanner.Text() != "" { // the description follows an empty line
		header, value, _ := strings.Cut(scanner.Text(), ": ")
		switch {
		case header == "Name":
			found.name = value
		case header == "Version":
			found.version = value
		case header == "Requires-Dist" && !strings.Contains(value, "extra =="):
			found.requires = append(found.requires, normalized(nameAtStart.FindString(value)))
		}
	}
	if err := scanner.Err(); err != nil {
		return distribution{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return found, nil
}
