"""Kubernetes objects, as far as checks read them; the decoder drops all other fields.

The names are those of the API (https://kubernetes.io/docs/reference/kubernetes-api/) in snake case. Of Secrets only the
metadata is read, on purpose.
"""

from diagnose.resources.admission import (
    ValidatingConfiguration,
    ValidatingPolicy,
    Webhook,
    WebhookConfiguration,
    WebhookService,
)
from diagnose.resources.applied import AppliedObject
from diagnose.resources.argo import Workflow, WorkflowNode, WorkflowTemplate
from diagnose.resources.authorization import (
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
    RoleRule,
    ServiceAccount,
)
from diagnose.resources.containers import (
    Container,
    EnvFrom,
    EnvSource,
    EnvVar,
    KeyRef,
    Lifecycle,
    Probe,
    Resources,
    VolumeMount,
)
from diagnose.resources.events import Event
from diagnose.resources.gitops import Application, HelmRelease, Kustomization
from diagnose.resources.metadata import Condition, FieldManager, Meta, Object, Reference
from diagnose.resources.network_policies import IpBlock, NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule
from diagnose.resources.nodes import LimitRange, Namespace, Node, ResourceQuota, Taint
from diagnose.resources.pods import (
    AffinityTerm,
    ContainerStatus,
    NodeTerm,
    Pod,
    PodSpec,
    PodTemplate,
    Terminated,
    Toleration,
    Volume,
)
from diagnose.resources.scaling import Autoscaler, DisruptionBudget
from diagnose.resources.secret_names import SecretName
from diagnose.resources.services import Endpoint, EndpointPort, EndpointSlice, Service, ServicePort
from diagnose.resources.storage import Claim, ConfigMap, PersistentVolume, StorageClass
from diagnose.resources.usage import PodUsage
from diagnose.resources.workloads import (
    REVISION_HASH,
    ControllerRevision,
    CronJob,
    DaemonSet,
    Deployment,
    DeploymentSpec,
    Job,
    OlderWorkerDeployment,
    ReplicaSet,
    Rollout,
    StatefulSet,
    WorkerDeployment,
    Workload,
)

__all__ = [
    "REVISION_HASH",
    "AffinityTerm",
    "Application",
    "AppliedObject",
    "Autoscaler",
    "Claim",
    "ClusterRole",
    "ClusterRoleBinding",
    "Condition",
    "ConfigMap",
    "Container",
    "ContainerStatus",
    "ControllerRevision",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "DeploymentSpec",
    "DisruptionBudget",
    "Endpoint",
    "EndpointPort",
    "EndpointSlice",
    "EnvFrom",
    "EnvSource",
    "EnvVar",
    "Event",
    "FieldManager",
    "HelmRelease",
    "IpBlock",
    "Job",
    "KeyRef",
    "Kustomization",
    "Lifecycle",
    "LimitRange",
    "Meta",
    "Namespace",
    "NetworkPolicy",
    "Node",
    "NodeTerm",
    "Object",
    "OlderWorkerDeployment",
    "PersistentVolume",
    "Pod",
    "PodSpec",
    "PodTemplate",
    "PodUsage",
    "PolicyPeer",
    "PolicyPort",
    "PolicyRule",
    "Probe",
    "Reference",
    "ReplicaSet",
    "ResourceQuota",
    "Resources",
    "Role",
    "RoleBinding",
    "RoleRule",
    "Rollout",
    "SecretName",
    "Service",
    "ServiceAccount",
    "ServicePort",
    "StatefulSet",
    "StorageClass",
    "Taint",
    "Terminated",
    "Toleration",
    "ValidatingConfiguration",
    "ValidatingPolicy",
    "Volume",
    "VolumeMount",
    "Webhook",
    "WebhookConfiguration",
    "WebhookService",
    "WorkerDeployment",
    "Workflow",
    "WorkflowNode",
    "WorkflowTemplate",
    "Workload",
]
