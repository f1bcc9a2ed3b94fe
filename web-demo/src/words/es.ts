import type { WordKey } from "staylogged-connect";

export const es: Record<WordKey, string> = {
  title: "Conectar con {name}",
  "title.any": "Conectar una cuenta",
  "state.looking": "Un momento...",
  "state.choose": "Elige qué conectar.",
  "state.asking": "Antes, una pregunta.",
  "state.launching": "Abriendo una ventana del navegador...",
  "state.awaiting": "Se abrió una ventana del navegador... Completa el inicio de sesión...",
  "state.detected": "✅ ¡Inicio de sesión detectado!",
  "state.verifying": "Verificando el inicio de sesión y guardando la sesión...",
  "state.otherAccount": "Hay otra cuenta con la sesión iniciada.",
  "state.saved": "✅ ¡Conexión correcta! Sesión guardada.",
  "state.failed": "La conexión no funcionó.",
  "state.cancelled": "El inicio de sesión se canceló.",
  "state.expired": "Se acabó el tiempo para iniciar sesión.",
  "state.refused": "Esto no se puede abrir.",

  "choose.connected": "Conectado",
  "choose.needsReconnect": "Hay que reconectar",
  "choose.none": "Aquí no hay nada que conectar.",

  "params.optional": "se puede dejar vacío",
  "params.example": "Por ejemplo: {example}",
  "params.missing": "Rellena este campo.",
  "params.invalid": "Así no sirve. Debe tener esta forma: {example}",
  "params.other": "Con esto no se puede abrir {name}.",
  "params.elsewhere":
    "Esto lleva a otro lugar que antes. Cuando se guarde, se borrará lo obtenido del anterior.",
  "prime.login.title": "Inicias sesión tú mismo",
  "prime.login.text":
    "Un navegador privado abre {name} para ti. Tu contraseña y tus códigos van solo a {name}: nunca se guardan aquí.",
  "prime.kept.title": "Solo se guarda la sesión",
  "prime.kept.text": "Lo que hace que {name} te recuerde se prueba una vez más, por sí solo, y luego se guarda, sellado.",
  "prime.kept.for": "Sirve para obtener: {what}.",
  "prime.long.title": "Por cuánto tiempo",
  "prime.long.until": "Hasta que {name} o tú la terminen.",
  "prime.long.most": "Hasta que {name} o tú la terminen; {time} como máximo.",
  "prime.end.title": "Puedes terminarla cuando quieras",
  "prime.end.text": "Desconecta y la sesión se borra. Cerrar la sesión en todos los dispositivos de {name} también la termina.",
  "prime.again": "Estaba conectado como {account}. Inicia sesión de nuevo con esa cuenta.",
  "prime.agree": "Al continuar, lo aceptas. No se guarda nada antes de que digas que terminaste.",
  "prime.continue": "Continuar",
  "prime.summary": "Qué se guarda y cómo terminarlo",

  "work.launching": "El navegador se está iniciando en el servidor. Tarda unos segundos.",
  "work.account": "Inicia sesión como {account}.",
  "work.hint.awaiting": "Inicia sesión en {name} arriba, como siempre. Tu contraseña va solo a {name}.",
  "work.notice.challenge": "{name} pide un código u otra prueba de que eres tú. Dala arriba: va solo a {name}.",
  "work.notice.refused": "{name} no lo aceptó. Mira arriba lo que dice el sitio e inténtalo de nuevo.",
  "work.hint.leave": "Esc dos veces sale de la imagen.",
  "work.hint.detected": "Pulsa «{finish}» para verificarlo y guardarlo.",
  "work.hint.detectedAuto": "Lo demás ocurre solo.",
  "work.hint.verifying": "El inicio de sesión se prueba una vez más, por sí solo, antes de guardarlo.",

  "window.title": "La ventana del navegador está abierta en este ordenador",
  "window.text": "Inicia sesión en {name} en esa ventana. Después vuelve aquí.",
  "window.show": "Mostrarla aquí también",
  "window.hide": "No mostrarla aquí",

  "time.left": "Quedan {time}",
  "time.more": "Más tiempo",
  "time.extended": "Tienes más tiempo: hasta las {time}.",

  "idle.title": "¿Sigues ahí?",
  "idle.text": "Hace un rato que no pasa nada. El navegador se cierra en {time}.",
  "idle.stay": "Sigo aquí",

  "notDetected.title": "Inicio de sesión no detectado",
  "notDetected.text": "Comprueba que entraste del todo en {name} e inténtalo de nuevo. El navegador sigue abierto.",
  "notDetected.looked": "Qué se buscó",
  "notDetected.seen": "Visto: {what}",
  "notDetected.true": "se cumple",
  "notDetected.false": "no se cumple",
  "notDetected.unknown": "no se pudo mirar",

  "reason.gone": "El sitio ya no parece tener la sesión iniciada.",
  "reason.notElsewhere":
    "El inicio de sesión no funcionó al probarlo una vez más, por sí solo. Inicia sesión de nuevo y pulsa el botón cuando termines.",
  "reason.otherAccount": "La otra cuenta no se ha guardado. Inicia sesión como {expected}.",
  "reason.other": "Inicia sesión una vez más.",

  "other.title": "Esta es otra cuenta",
  "other.text": "Hasta ahora era {expected}. Ahora ha iniciado sesión {found}.",
  "other.question": "¿Quieres usar esta cuenta? La sesión de {expected} se borrará.",
  "other.records": "Lo que se leyó como {expected} se borra.",
  "other.replace": "Usar {found}",
  "other.back": "Iniciar sesión como {expected}",

  "verify.seen": "Inicio de sesión visto",
  "verify.tried": "Probado una vez más, por sí solo",
  "verify.sealed": "Sellado y guardado",

  "saved.text": "La sesión está guardada, sellada.",
  "saved.account": "Conectado como {account}.",
  "saved.closes": "Esta ventana se cierra sola.",
  "saved.page": "Puedes cerrar esta página. Lo demás sigue donde empezaste.",

  "cancelled.text": "El navegador se cerró y no se guardó nada.",
  "expired.deadline":
    "Nadie terminó el inicio de sesión a tiempo, así que el navegador se cerró. No se guardó nada. Puedes empezar de nuevo ahora mismo.",
  "expired.idle":
    "No pasó nada durante un rato, así que el navegador se cerró. No se guardó nada. Puedes empezar de nuevo ahora mismo.",

  "failure.browser_unavailable":
    "No se pudo iniciar el navegador del servidor. Inténtalo de nuevo; si vuelve a ocurrir, avisa a quienes llevan este servicio.",
  "failure.browser_lost":
    "El navegador del servidor terminó de forma inesperada. No se perdió nada de lo que ya estaba guardado. Inténtalo de nuevo.",
  "failure.interrupted":
    "El servicio se detuvo en medio de este inicio de sesión. No se perdió nada de lo que ya estaba guardado. Inténtalo de nuevo.",
  "failure.site_unreachable": "No se pudo abrir {name}. Puede que no esté disponible por ahora. Inténtalo de nuevo.",
  "failure.verification_failed":
    "No se pudo saber con certeza si has iniciado sesión: {name} puede ir lento o rechazarnos por ahora. Inténtalo de nuevo.",
  "failure.session_too_large":
    "{name} guarda en el navegador más de lo que se puede guardar aquí. Intentarlo de nuevo no servirá: avisa a quienes llevan este servicio.",
  "failure.internal": "Algo falló por nuestra parte. Inténtalo de nuevo.",
  "failure.id": "Código de este inicio de sesión, para indicarlo al pedir ayuda",

  "problem.unreachable":
    "El servicio no responde. ¿Tienes conexión? También puede estar reiniciándose: inténtalo de nuevo en un momento.",
  "problem.token": "Este enlace o esta ventana ya no es válido. Vuelve a donde estabas y ábrelo de nuevo.",
  "problem.notForThis": "Este enlace no permite eso. Vuelve a donde estabas.",
  "problem.key": "El servicio pide una clave de acceso. Introdúcela primero en la página de integraciones.",
  "problem.notFound": "Este inicio de sesión ya no existe. Empieza de nuevo.",
  "problem.provider": "Este sitio no se conoce aquí.",
  "problem.full": "Ahora mismo hay demasiadas personas iniciando sesión. Inténtalo de nuevo en un minuto.",
  "problem.over": "Este inicio de sesión ya terminó.",
  "problem.extended": "El tiempo ya se amplió; solo es posible una vez.",
  "problem.other": "No funcionó. Inténtalo de nuevo en un momento.",

  "leave.title": "¿Dejar de conectar?",
  "leave.text": "El navegador se cierra y no se guarda nada.",
  "leave.stay": "Seguir",
  "leave.go": "Dejarlo",

  "phone.open": "Continuar en el móvil",
  "phone.text": "Apunta la cámara del móvil a este código. Allí aparece el mismo navegador, tal como lo dejaste.",
  "phone.until": "Hasta las {time}, quien tenga este enlace puede participar en este inicio de sesión. No se lo des a nadie más.",
  "phone.local": "Esta página está en {host}. Solo este ordenador llega a ella; un móvil, no.",
  "phone.code": "Código QR con el enlace para el móvil",
  "watch.open": "Compartir un enlace solo para ver",
  "watch.text":
    "Quien lo abra ve este navegador, sin hacer clic ni escribir, hasta que termine el inicio de sesión o termines el enlace.",
  "watch.careful": "Ve lo mismo que tú: tapa códigos y datos personales, o compártelo después.",
  "link.label": "Enlace",
  "link.copy": "Copiar enlace",
  "link.end": "Terminar este enlace",
  "link.ended": "El enlace se ha terminado.",
  "link.making": "Creando un enlace…",

  finish: "Ya inicié sesión",
  again: "Intentar de nuevo",
  cancel: "Cancelar",
  close: "Cerrar",
  "close.cancel": "Cerrar y cancelar el inicio de sesión",
  dismiss: "Descartar",
  done: "Listo",
  copy: "Copiar",
  copied: "Copiado",
  "copy.failed": "Selecciónalo y cópialo a mano.",
  lost: "Se perdió la conexión. Intentándolo de nuevo…",
};
