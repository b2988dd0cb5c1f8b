package main

import "syscall"

// ownGroup also ends the child when this host is killed and can no longer do it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
