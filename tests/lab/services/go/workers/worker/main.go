// A Temporal worker as a team in Go writes it: the SDK's environment configuration, a log of JSON lines, one binary
// without anything around it. `worker check` is its exec probe.
package main

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const healthPort = ":8080"

var logger = slog.New(slog.NewJSONHandler(os.Stdout, nil))

func main() {
	queue := flag.String("task-queue", os.Getenv("TEMPORAL_TASK_QUEUE"), "the task queue to poll")
	flag.Parse()
	if flag.Arg(0) == "check" {
		check()
		return
	}
	if *queue == "" {
		fail("no task queue", "hint", "set TEMPORAL_TASK_QUEUE or --task-queue")
	}
	var ready atomic.Bool
	go serveHealth(&ready)

	options := clientOptions()
	logger.Info("connecting", "address", options.HostPort, "namespace", options.Namespace)
	connection, err := client.Dial(options)
	if err != nil {
		fail("unable to create Temporal client", "error", err)
	}
	defer connection.Close()
	polling := worker.New(connection, *queue, workerOptions())
	polling.RegisterWorkflowWithOptions(order, workflow.RegisterOptions{
		Name:               "OrderWorkflow",
		VersioningBehavior: workflow.VersioningBehaviorPinned,
	})
	polling.RegisterActivity(reserve)
	if err := polling.Start(); err != nil {
		fail("unable to start worker", "error", err)
	}
	ready.Store(true)
	logger.Info("worker started", "taskQueue", *queue)
	<-worker.InterruptCh()
	polling.Stop()
}

// Returns what the SDK's own variables set; TEMPORAL_HOST is this program's own name for host and port.
func clientOptions() client.Options {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		fail("invalid Temporal settings", "error", err)
	}
	if address := os.Getenv("TEMPORAL_HOST"); address != "" {
		options.HostPort = address
	}
	options.Logger = sdklog.NewStructuredLogger(logger)
	return options
}

// With a name and a build of a deployment, as a controller sets them, the worker is one of its versions.
func workerOptions() worker.Options {
	name, build := os.Getenv("TEMPORAL_DEPLOYMENT_NAME"), os.Getenv("TEMPORAL_WORKER_BUILD_ID")
	if name == "" || build == "" {
		return worker.Options{}
	}
	version := worker.WorkerDeploymentVersion{DeploymentName: name, BuildID: build}
	return worker.Options{DeploymentOptions: worker.DeploymentOptions{UseVersioning: true, Version: version}}
}

func order(ctx workflow.Context, id string) (string, error) {
	options := workflow.ActivityOptions{StartToCloseTimeout: time.Minute}
	var result string
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), reserve, id).Get(ctx, &result)
	return result, err
}

func reserve(_ context.Context, id string) (string, error) {
	return "reserved " + id, nil
}

func serveHealth(ready *atomic.Bool) {
	handler := func(response http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			response.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	if err := http.ListenAndServe(healthPort, http.HandlerFunc(handler)); err != nil {
		fail("health endpoint", "error", err)
	}
}

func check() {
	answer, err := http.Get("http://127.0.0.1" + healthPort + "/")
	if err != nil || answer.StatusCode != http.StatusOK {
		fail("not ready", "error", err)
	}
}

func fail(message string, details ...any) {
	logger.Error(message, details...)
	os.Exit(1)
}
